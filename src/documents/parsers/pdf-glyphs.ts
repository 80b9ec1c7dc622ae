import type { PDFPageProxy } from 'unpdf/pdfjs';

/** Font names (`TimesNewRomanPS-BoldMT`) by the id that text items carry. */
export type PdfFonts = Map<string, string>;

type Glyph = { unicode: string };

/**
 * Reads what the page draws, for the two things its text does not tell: the names of its fonts, which are added to
 * `fonts`, and the glyphs of each item.
 * @returns for each item what its glyphs stand for, in the order they are drawn; nothing from where
 *   they cannot be matched
 */
export async function readPdfGlyphs(
  page: PDFPageProxy,
  items: { str: string; fontName: string }[],
  fonts: PdfFonts,
): Promise<string[][]> {
  const { getResolvedPDFJS } = await import('unpdf');
  const { OPS } = await getResolvedPDFJS();
  const { fnArray, argsArray } = await page.getOperatorList();
  for (const { fontName } of items) {
    if (!fonts.has(fontName)) fonts.set(fontName, nameOfFont(page, fontName));
  }
  const drawn = fnArray
    .flatMap((operator, index) => (operator === OPS.showText ? (argsArray as Glyph[][][])[index]![0]! : []))
    .filter((glyph) => typeof glyph === 'object')
    .map((glyph) => glyph.unicode.normalize('NFKC'));

  const byItem: string[][] = [];
  let next = 0;
  for (const { str } of items) {
    const wanted = lettersOf(str);
    const glyphs: string[] = [];
    for (let length = 0; length < wanted.length && next < drawn.length; next++) {
      glyphs.push(drawn[next]!);
      length += drawn[next]!.trim().length;
    }
    if (lettersOf(glyphs.join('')) !== wanted) break;
    byItem.push(glyphs);
  }
  return byItem;
}

function nameOfFont(page: PDFPageProxy, id: string): string {
  if (!page.commonObjs.has(id)) return '';
  const font = page.commonObjs.get(id) as { name?: string } | null;
  return font?.name ?? '';
}

/** The letters in some fixed order, since an item's are not in the order they were drawn in. */
function lettersOf(text: string): string {
  return Array.from(text.normalize('NFKC').replace(/\s/g, '')).sort().join('');
}
