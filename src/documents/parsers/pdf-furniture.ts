import type { PdfLine } from './pdf-line.ts';

/** The lines of a page, and its height in points. */
export type PdfPage = { lines: PdfLine[]; height: number };

// The share of a page's height, at its top and at its bottom, where headers and footers stand.
const MARGIN = 0.12;
const PAGE_NUMBER =
  /^[-–—[(]?\s*(?:page\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|\/)\s*\d{1,4})?\s*[-–—\])]?$/i;

/** Drops what pages repeat around the text: running headers and footers, and bare page numbers. */
export function withoutFurniture(pages: PdfPage[]): PdfLine[] {
  const seenOn = new Map<string, number>();
  for (const page of pages) {
    const keys = new Set(page.lines.filter((line) => isInMargin(line, page)).map(keyOf));
    for (const key of keys) seenOn.set(key, (seenOn.get(key) ?? 0) + 1);
  }
  // Left and right pages often have headers of their own.
  const isRepeated = (line: PdfLine) => (seenOn.get(keyOf(line)) ?? 0) >= Math.max(3, pages.length / 3);
  return pages.flatMap((page) =>
    page.lines.filter(
      (line) => !isInMargin(line, page) || !(isRepeated(line) || PAGE_NUMBER.test(line.text)),
    ),
  );
}

function isInMargin(line: PdfLine, page: PdfPage): boolean {
  return line.y < page.height * MARGIN || line.y > page.height * (1 - MARGIN);
}

function keyOf(line: PdfLine): string {
  return line.text.replace(/\d+/g, '#').toLowerCase();
}
