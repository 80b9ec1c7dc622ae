import type { TextBuilder } from '../text-builder.ts';
import { joinLines, wordsOf } from './join-lines.ts';
import type { PdfLine } from './pdf-line.ts';

type Paragraph = { lines: PdfLine[]; kind: 'paragraph' | 'list_item' | 'table_row' | 'code' };

const BULLET = /^[•◦▪▫‣●○∙■□◆➢➤✓\uf0b7\uf0a7]\s*/;
const NUMBER = /^(?:\(?\d{1,2}[.)]|\(?[a-z][.)])\s+\S/;
const ENDS_SENTENCE = /[.!?:;؟۔。！？]["'”’)\]]?$/;

/** Finds paragraphs, list items, table rows, code and headings in the lines of a whole PDF, and adds them. */
export function addPdfBlocks(lines: PdfLine[], builder: TextBuilder): void {
  const body = bodyStyle(lines);
  const paragraphs = groupParagraphs(lines, body.leading);
  const headings = new Map(paragraphs.filter((p) => isHeading(p, body)).map((p) => [p, headingRank(p)]));
  const ranks = rankedSizes(paragraphs[0], headings);
  const words = wordsOf(lines.map((line) => line.text));

  for (const paragraph of paragraphs) {
    const rank = headings.get(paragraph);
    const text = joinLines(
      paragraph.lines.map((line) => line.text),
      words,
    );
    if (rank !== undefined) builder.add('heading', text, Math.min(6, ranks.indexOf(rank) + 1));
    else if (paragraph.kind === 'table_row') builder.add('table_row', paragraph.lines[0]!.cells.join(' | '));
    else if (paragraph.kind === 'code')
      builder.add('code', paragraph.lines.map((line) => line.text).join('\n'));
    else builder.add(paragraph.kind, text.replace(BULLET, ''));
  }
}

type BodyStyle = { size: number; leading: number; isBold: boolean };

/** How most of the text is set. `leading` is the usual distance of two base lines, in font sizes. */
function bodyStyle(lines: PdfLine[]): BodyStyle {
  const size = mostFrequent(lines.map((line) => [round(line.size), line.text.length]));
  const leadings = lines.flatMap((line, index) => {
    const ratio = (line.y - (lines[index - 1]?.y ?? Infinity)) / line.size;
    return ratio > 0.5 && ratio < 3 ? [[Math.round(ratio * 20) / 20, 1] as [number, number]] : [];
  });
  const bold = lines.filter((line) => line.isBold).reduce((sum, line) => sum + line.text.length, 0);
  const all = lines.reduce((sum, line) => sum + line.text.length, 0);
  return { size, leading: mostFrequent(leadings) || 1.2, isBold: bold > all / 2 };
}

function groupParagraphs(lines: PdfLine[], leading: number): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  lines.forEach((line, index) => {
    const [above, below] = [lines[index - 1], lines[index + 1]];
    const isRow = line.isSpread && (isNextRow(line, above) || isNextRow(line, below));
    const current = paragraphs.at(-1);
    if (!current || isRow || current.kind === 'table_row' || startsParagraph(current, line, below, leading)) {
      paragraphs.push({ lines: [line], kind: isRow ? 'table_row' : kindOf(line) });
    } else current.lines.push(line);
  });
  return paragraphs;
}

/** One line with wide gaps may be stretched text; two together are a table. */
function isNextRow(line: PdfLine, next: PdfLine | undefined): boolean {
  return next?.isSpread === true && Math.abs(next.y - line.y) < line.size * 3;
}

function kindOf(line: PdfLine): Paragraph['kind'] {
  if (line.isMonospace) return 'code';
  return BULLET.test(line.text) || NUMBER.test(line.text) ? 'list_item' : 'paragraph';
}

function startsParagraph(
  { lines, kind }: Paragraph,
  line: PdfLine,
  below: PdfLine | undefined,
  leading: number,
): boolean {
  const first = lines[0]!;
  const last = lines.at(-1)!;
  const gap = line.y - last.y;
  const hasEnded = ENDS_SENTENCE.test(last.text);
  if (Math.abs(line.size - last.size) > last.size * 0.08) return true;
  if (line.isMonospace !== (kind === 'code')) return true;
  // A heading ends where bold type does, and begins where a sentence has ended.
  if (line.isBold ? !last.isBold && hasEnded : lines.every((other) => other.isBold)) return true;
  // Up again: the next column or page, where a sentence may go on.
  if (line.page !== last.page || gap < -line.size)
    return hasEnded || /^[^\p{Ll}]/u.test(line.text) || kind === 'code';
  if (gap > line.size * leading * 1.3) return true;
  if (kind === 'code') return false;
  if (BULLET.test(line.text) || (NUMBER.test(line.text) && (hasEnded || kind === 'list_item'))) return true;
  const indent = line.start - last.start;
  if (kind === 'list_item') return indent < -line.size * 0.8 && hasEnded && lines.length > 1;
  const isHanging =
    lines.length === 1 && below !== undefined && Math.abs(below.start - line.start) < line.size * 0.3;
  if (indent > line.size * 0.8) return hasEnded && !isHanging;
  // With a hanging indent, as in a bibliography, it is the next entry that stands further out.
  if (indent < -line.size * 0.8) return lines.length > 1;
  return hasEnded && last.end < line.end - (line.end - line.start) * 0.25 && first.start === last.start;
}

function isHeading({ lines, kind }: Paragraph, body: BodyStyle): boolean {
  const text = lines.map((line) => line.text).join(' ');
  if (kind === 'table_row' || kind === 'code' || lines.length > 2 || text.length > 200) return false;
  if (!/\p{L}{2}/u.test(text) || BULLET.test(text)) return false;
  const [first] = lines;
  if (first!.size >= body.size * 1.15) return true;
  const isSetApart = lines.every((line) => line.isBold) && !body.isBold && first!.size >= body.size * 0.95;
  return isSetApart && text.length <= 120 && !/[.,;]$/.test(text) && !/^\p{Ll}/u.test(text);
}

/** The ranks from the highest down. A document's first line is its title, even in type that no other heading uses. */
function rankedSizes(first: Paragraph | undefined, headings: Map<Paragraph, number>): number[] {
  const all = [...headings.values()];
  const ranks = [...new Set(all)].sort((a, b) => b - a);
  const title = first && headings.get(first);
  if (title === undefined || all.filter((rank) => rank === title).length > 1) return ranks;
  return [title, ...ranks.filter((rank) => rank !== title)];
}

/** Larger type stands above smaller, and at one size bold above plain. */
function headingRank({ lines }: Paragraph): number {
  return round(lines[0]!.size) + (lines[0]!.isBold ? 0.1 : 0);
}

function round(size: number): number {
  return Math.round(size * 2) / 2;
}

function mostFrequent(weighted: (readonly [value: number, weight: number])[]): number {
  const totals = new Map<number, number>();
  for (const [value, weight] of weighted) totals.set(value, (totals.get(value) ?? 0) + weight);
  return [...totals].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0];
}
