import type { Block } from './document.ts';

/** A line at least this long is a paragraph of its own; shorter ones are taken as hard-wrapped. */
const PARAGRAPH_LINE_CHARS = 160;
const HEADING = /^(#{1,6})\s+\S|^\s*(={1,6})\s+[^=].*?\s+\2\s*$/;
const LIST_ITEM = /^\s*(?:[-*+•]|\d{1,3}[.)])\s+\S/;
const TABLE_ROW = /^\s*\|.*\|\s*$/;
const FENCE = /^\s*(```|~~~)/;

/** A paragraph that is one short line, or two with the second underlining the first, and cannot be anything but a heading. */
const UNDERLINED = /^(.{1,80})\n\s*(={3,}|-{3,})$/;
const NUMBERED = /^(\d{1,2}(?:\.\d{1,2}){1,4})\.?\s+\p{Lu}.{0,70}[^.,;:!?…\s]$/u;
const NAMED =
  /^(?:chapter|section|part|appendix)\s+(?:\d{1,3}|[a-z]|[ivx]+)\b.{0,60}[^.,;:!?…]$|^(?:chapter|section|part|appendix)\s+\w{1,10}$/iu;

/**
 * Finds the structure of plain text where it stands, so that every offset is into the text as sent: Markdown and wiki
 * headings, list items, table rows, fenced code, and paragraphs parted by blank lines. Linear in the text's length.
 */
export function findBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let fenced = false;
  let at = 0;
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    const start = at + line.indexOf(trimmed);
    const end = start + trimmed.length;
    at += line.length + 1;
    const fence = FENCE.test(line);
    if (fenced) {
      if (open) open.end = trimmed === '' ? open.end : end;
      if (fence) [fenced, open] = [false, undefined];
      continue;
    }
    if (trimmed === '') {
      open = undefined;
      continue;
    }
    const kind = fence ? 'code' : kindOf(line);
    if (open && kind === 'paragraph' && line.length < PARAGRAPH_LINE_CHARS && open.kind !== 'table_row') {
      open.end = end;
      continue;
    }
    const block: Block = { kind, start, end };
    if (kind === 'heading') block.level = headingLevel(line);
    blocks.push(block);
    fenced = fence;
    open = kind === 'heading' || line.length >= PARAGRAPH_LINE_CHARS ? undefined : block;
    if (fenced) open = block;
  }
  return blocks.map((block) => (block.kind === 'paragraph' ? asHeading(block, text) : block));
}

function asHeading(block: Block, text: string): Block {
  if (block.end - block.start > 160) return block;
  const body = text.slice(block.start, block.end);
  const underline = UNDERLINED.exec(body)?.[2];
  if (underline) return { ...block, kind: 'heading', level: underline.startsWith('=') ? 1 : 2 };
  const number = NUMBERED.exec(body)?.[1];
  if (number) return { ...block, kind: 'heading', level: Math.min(6, number.split('.').length) };
  return NAMED.test(body) ? { ...block, kind: 'heading', level: 1 } : block;
}

function kindOf(line: string): Block['kind'] {
  if (HEADING.test(line)) return 'heading';
  if (LIST_ITEM.test(line)) return 'list_item';
  return TABLE_ROW.test(line) ? 'table_row' : 'paragraph';
}

function headingLevel(line: string): number {
  const match = HEADING.exec(line);
  return (match?.[1] ?? match?.[2] ?? '#').length;
}
