import type { PDFPageProxy } from 'unpdf/pdfjs';
import { hasLamAlef, mendLamAlef } from './pdf-arabic.ts';
import { readPdfGlyphs } from './pdf-glyphs.ts';
import type { PdfFonts } from './pdf-glyphs.ts';
import type { PdfItem } from './pdf-line.ts';

type TextContent = Awaited<ReturnType<PDFPageProxy['getTextContent']>>;
type TextItem = Extract<TextContent['items'][number], { str: string }>;
type Matrix = [number, number, number, number, number, number];

/**
 * Reads the visible text of one page.
 * @param fonts the names of the fonts met so far, by pdf.js's ids for them; this page's are added
 * @returns the page's height in points, and its items grouped by the direction they are turned in, upright ones first
 */
export async function readPdfPage(
  page: PDFPageProxy,
  fonts: PdfFonts,
): Promise<{ groups: PdfItem[][]; height: number }> {
  const { items } = await page.getTextContent();
  const raw = items.filter((item): item is TextItem => 'str' in item && item.str.trim() !== '');
  const isArabic = raw.some((item) => item.dir === 'rtl' && hasLamAlef(item.str));
  // The glyphs cost as much again as the text, so they are read only where they can tell something.
  const glyphs =
    isArabic || raw.some((item) => !fonts.has(item.fontName)) ? await readPdfGlyphs(page, raw, fonts) : [];
  const viewport = page.getViewport({ scale: 1 });
  const byTurn = new Map<number, PdfItem[]>();

  raw.forEach((item, index) => {
    const drawn = glyphs[index];
    const text = isArabic && drawn ? mendLamAlef(item.str, drawn) : item.str;
    const matrix = multiply(viewport.transform as Matrix, item.transform as Matrix);
    const [, , , , x, y] = matrix;
    // What lies outside the page no reader sees.
    if (x < -1 || y < -1 || x > viewport.width + 1 || y > viewport.height + 1) return;
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

function multiply([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix): Matrix {
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}
