import { composeAccents } from './compose-accents.ts';

/** A run of characters as the page shows it, in points from the page's upper left corner, turned upright. */
export type PdfItem = {
  text: string;
  x: number;
  /** The base line. */
  y: number;
  width: number;
  /** Font size. */
  size: number;
  isRightToLeft: boolean;
  isBold: boolean;
  isMonospace: boolean;
};

/** Items on one base line, as a reader reads them. */
export type PdfLine = {
  text: string;
  /** Whether a gap in it is wider than any that justified text has. */
  isSpread: boolean;
  /** Its pieces, should it be a row of a table. */
  cells: string[];
  /** Where reading begins and ends: the left and right edge, or, right to left, the negated right and left edge. */
  start: number;
  end: number;
  y: number;
  size: number;
  isBold: boolean;
  isMonospace: boolean;
  page: number;
};

// In font sizes. Justified text stretches a space to about one; but once a line is known to be a table's row, less will
// part its cells.
const SPACE_GAP = 0.15;
const CELL_GAP = 0.6;
const WIDE_GAP = 1.6;

const DOT_LEADER = /(?:\s?[.·_]){4,}\s?/g;

/**
 * Groups a page's items into lines. Their order is kept, since most files hold their text in reading order, column by
 * column; only where it jumps about is the page read from top to bottom instead.
 */
export function linesOf(items: PdfItem[], page: number): PdfLine[] {
  const lines = groupLines(items).map((group) => lineOf(group, page));
  if (!isScattered(lines)) return lines;
  return groupLines(items.toSorted((a, b) => a.y - b.y || a.x - b.x)).map((group) => lineOf(group, page));
}

function groupLines(items: PdfItem[]): PdfItem[][] {
  const groups: PdfItem[][] = [];
  for (const item of items) {
    const group = groups.at(-1);
    if (group && isOnLine(group, item)) group.push(item);
    else groups.push([item]);
  }
  return groups;
}

/** Superscripts and subscripts stand off the base line by less than half the larger size. */
function isOnLine(group: PdfItem[], item: PdfItem): boolean {
  const last = group.at(-1)!;
  const largest = group.reduce((widest, other) => (other.size > widest.size ? other : widest));
  return Math.abs(item.y - largest.y) < Math.max(item.size, largest.size) * 0.45 && !overlaps(last, item);
}

function overlaps(a: PdfItem, b: PdfItem): boolean {
  const shared = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  return Math.abs(a.y - b.y) > 1 && shared > 0.5 * Math.min(a.width, b.width);
}

function lineOf(items: PdfItem[], page: number): PdfLine {
  const isRightToLeft = lengthOf(items.filter((item) => item.isRightToLeft)) > lengthOf(items) / 2;
  const ordered = isRightToLeft ? rightToLeft(items) : items.toSorted((a, b) => a.x - b.x);

  const text = joinItems(ordered, Infinity)[0]!;
  const left = items.reduce((least, item) => Math.min(least, item.x), Infinity);
  const right = items.reduce((most, item) => Math.max(most, item.x + item.width), -Infinity);
  const main = items.reduce((longest, item) => (item.text.length > longest.text.length ? item : longest));
  return {
    text,
    isSpread: joinItems(ordered, WIDE_GAP).length > 1,
    cells: joinItems(ordered, CELL_GAP),
    start: isRightToLeft ? -right : left,
    end: isRightToLeft ? -left : right,
    y: main.y,
    size: main.size,
    isBold: ordered[0]!.isBold && lengthOf(items.filter((item) => item.isBold)) > lengthOf(items) / 2,
    isMonospace: items.every((item) => item.isMonospace || /^\d+$/.test(item.text)) && main.isMonospace,
    page,
  };
}

function lengthOf(items: PdfItem[]): number {
  return items.reduce((sum, item) => sum + item.text.length, 0);
}

/** Joins items in reading order, into one text for each stretch without a gap of `cellGap` font sizes. */
function joinItems(items: PdfItem[], cellGap: number): string[] {
  const cells = [''];
  items.forEach((item, index) => {
    const previous = items[index - 1];
    const gap = previous
      ? Math.max(item.x - previous.x - previous.width, previous.x - item.x - item.width)
      : 0;
    const size = Math.max(item.size, previous?.size ?? 0);
    if (gap > size * cellGap) cells.push('');
    const hasSpace = gap > size * SPACE_GAP || isArabicAfterLatin(previous, item);
    cells.push(`${cells.pop()!}${hasSpace ? ' ' : ''}${item.text}`);
  });
  return cells
    .map((cell) => composeAccents(cell).replace(DOT_LEADER, ' … ').trim())
    .filter((cell) => cell !== '');
}

/** Right to left, but Latin words that follow one another stay in their own order. */
function rightToLeft(items: PdfItem[]): PdfItem[] {
  const runs: PdfItem[][] = [];
  for (const item of items.toSorted((a, b) => b.x - a.x)) {
    const run = runs.at(-1);
    if (run && isLatin(item) && isLatin(run[0]!)) run.unshift(item);
    else runs.push([item]);
  }
  return runs.flat();
}

function isLatin(item: PdfItem): boolean {
  return !item.isRightToLeft && /\p{L}/u.test(item.text);
}

/** Arabic may put a letter before a foreign word, but nothing behind one: where no gap shows, it was drawn elsewhere. */
function isArabicAfterLatin(previous: PdfItem | undefined, item: PdfItem): boolean {
  return item.isRightToLeft && previous !== undefined && isLatin(previous) && /^\p{L}/u.test(item.text);
}

/** Whether reading often goes back up the page without moving on to a next column. */
function isScattered(lines: PdfLine[]): boolean {
  const jumps = lines.filter((line, index) => {
    const previous = lines[index - 1];
    return previous && line.y < previous.y - line.size && line.start < previous.end;
  });
  return jumps.length > 5 && jumps.length > lines.length / 5;
}
