import type { PDFPageProxy } from 'unpdf/pdfjs';
import { readDrawing, type DrawnGlyph } from './pdf-drawing.ts';

/** Font names (`TimesNewRomanPS-BoldMT`) by the id that text items carry. */
export type PdfFonts = Map<string, string>;

const MOST_LETTERS_BETWEEN = 5_000;

/**
 * Reads what the page draws, for what its text does not tell: the names of its fonts, which are added to `fonts`, and the
 * glyphs of each item, hidden ones among them.
 * @returns for each item its glyphs, in the order they are drawn; nothing for those that cannot be matched
 */
export async function readPdfGlyphs(
  page: PDFPageProxy,
  items: { str: string; fontName: string }[],
  fonts: PdfFonts,
): Promise<(DrawnGlyph[] | undefined)[]> {
  const { getResolvedPDFJS } = await import('unpdf');
  const { OPS } = await getResolvedPDFJS();
  const operators = new Map(Object.entries(OPS).map(([name, operator]) => [operator, name]));
  const drawn = readDrawing(await page.getOperatorList(), operators);
  for (const { fontName } of items) {
    if (!fonts.has(fontName)) fonts.set(fontName, nameOfFont(page, fontName));
  }

  const letters: string[] = [];
  const places: number[] = [];
  drawn.forEach(({ text }, place) => {
    for (const letter of lettersOf(text)) {
      letters.push(letter);
      places.push(place);
    }
  });
  let next = 0;
  return items.map(({ str }) => {
    const wanted = lettersOf(str);
    const isAt = (from: number) => sorted(letters.slice(from, from + wanted.length)) === sorted(wanted);
    // What is drawn outside the page is no item.
    const from = isAt(next)
      ? next
      : next +
        letters
          .slice(next, next + MOST_LETTERS_BETWEEN)
          .join('')
          .indexOf(wanted.join(''));
    if (from < next || !isAt(from)) return undefined;
    next = from + wanted.length;
    return drawn.slice(places[from], places[next]);
  });
}

function nameOfFont(page: PDFPageProxy, id: string): string {
  if (!page.commonObjs.has(id)) return '';
  const font = page.commonObjs.get(id) as { name?: string } | null;
  return font?.name ?? '';
}

function lettersOf(text: string): string[] {
  return Array.from(text.normalize('NFKC').replace(/\s/g, ''));
}

/** In some fixed order, since an item's letters are not in the order they were drawn in. */
function sorted(letters: string[]): string {
  return letters.toSorted().join('');
}
