import type { PDFPageProxy } from 'unpdf/pdfjs';
import { hasLamAlef, mendLamAlef } from './pdf-arabic.ts';
import type { HiddenKind } from '../document.ts';
import { multiply, type DrawnGlyph, type Matrix } from './pdf-drawing.ts';
import { readPdfGlyphs, type PdfFonts } from './pdf-glyphs.ts';
import type { PdfItem } from './pdf-line.ts';

type TextContent = Awaited<ReturnType<PDFPageProxy['getTextContent']>>;
type TextItem = Extract<TextContent['items'][number], { str: string }>;

/**
 * Reads the visible text of one page.
 * @param fonts the names of the fonts met so far, by pdf.js's ids for them; this page's are added
 * @param hide is told what a reader does not see
 * @returns the page's height in points, and its items grouped by the direction they are turned in, upright ones first
 */
export async function readPdfPage(
  page: PDFPageProxy,
  fonts: PdfFonts,
  hide: (kind: HiddenKind, text: string) => void,
): Promise<{ groups: PdfItem[][]; height: number }> {
  const { items } = await page.getTextContent();
  const raw = items.filter((item): item is TextItem => 'str' in item && item.str.trim() !== '');
  const isArabic = raw.some((item) => item.dir === 'rtl' && hasLamAlef(item.str));
  const glyphs = await readPdfGlyphs(page, raw, fonts);
  const viewport = page.getViewport({ scale: 1 });
  const byTurn = new Map<number, PdfItem[]>();

  raw.forEach((item, index) => {
    const drawn = glyphs[index] ?? [];
    const { visible, hidden, kind } = partHidden(item.str, drawn);
    if (hidden.trim() !== '') hide(kind, hidden);
    if (visible.trim() === '') return;
    const text = isArabic && visible === item.str ? mendLamAlef(visible, drawn.map(textOf)) : visible;
    const matrix = multiply(viewport.transform as Matrix, item.transform as Matrix);
    const [, , , , x, y] = matrix;
    if (x < -1 || y < -1 || x > viewport.width + 1 || y > viewport.height + 1) {
      hide('hidden_text', text);
      return;
    }
    const [turn, placed] = place(item, text, matrix, fonts.get(item.fontName) ?? '');
    const group = byTurn.get(turn);
    if (group) group.push(placed);
    else byTurn.set(turn, [placed]);
  });
  const upright = [...byTurn].sort(([a], [b]) => Math.abs(a) - Math.abs(b));
  return { groups: upright.map(([, group]) => group), height: viewport.height };
}

function place(
  item: TextItem,
  text: string,
  [a, b, c, d, x, y]: Matrix,
  font: string,
): [turn: number, placed: PdfItem] {
  const length = Math.hypot(a, b) || 1;
  // In axes turned with the text, it runs to the right again.
  const [right, down] = [a / length, b / length];
  const placed = {
    text,
    x: x * right + y * down,
    y: y * right - x * down,
    width: item.width,
    size: Math.hypot(c, d) || 1,
    isRightToLeft: item.dir === 'rtl',
    isBold: /bold|black|heavy|-medi\b|cmbx|sbx/i.test(font),
    isMonospace: /mono(?!type)|courier|consol|cmtt|typewriter|menlo/i.test(font),
  };
  return [Math.round((Math.atan2(b, a) * 180) / Math.PI), placed];
}

/** Parts what shows in an item from what does not. One that does not run as it is drawn stays whole. */
function partHidden(
  text: string,
  glyphs: DrawnGlyph[],
): { visible: string; hidden: string; kind: HiddenKind } {
  const kind = glyphs.find((glyph) => glyph.hidden && glyph.text.trim() !== '')?.hidden;
  if (!kind) return { visible: text, hidden: '', kind: 'hidden_text' };
  const letters = glyphs.flatMap((glyph) =>
    Array.from(glyph.text.replace(/\s/g, ''), (letter) => ({ letter, isHidden: glyph.hidden !== undefined })),
  );
  if (letters.every(({ isHidden }) => isHidden)) return { visible: '', hidden: text, kind };
  const parts = { visible: '', hidden: '' };
  let part: keyof typeof parts = 'visible';
  let next = 0;
  for (const character of text) {
    const wanted = Array.from(character.normalize('NFKC').replace(/\s/g, ''));
    if (wanted.length > 0) {
      if (wanted[0] !== letters[next]?.letter) return { visible: text, hidden: '', kind };
      part = letters[next]!.isHidden ? 'hidden' : 'visible';
      next += wanted.length;
    }
    parts[part] += character;
  }
  return { ...parts, kind };
}

function textOf({ text }: DrawnGlyph): string {
  return text;
}
