import { sentences } from '../language/sentences.ts';
import type { Span } from '../language/span.ts';
import type { Block } from './document.ts';

/** A piece of a document that is retrieved as one: at most `maxChars` long, cut at the document's own joints. */
export type Chunk = Span & {
  /** The titles of the sections it stands in, outermost first. */
  headingPath: string[];
};

export const MAX_CHUNK_CHARS = 800;

/** How documents are cut, by name. Whatever changes where a cut falls changes this too: an index of another is made anew. */
export const CHUNKER = `blocks/${MAX_CHUNK_CHARS}`;

const LONGEST_HEADING = 200;

/**
 * Cuts a document into chunks that follow its structure: a section starts a new chunk, whole blocks are packed
 * together while they fit, a longer block is cut between sentences, a longer sentence between words.
 *
 * @param text - the extracted text; chunk offsets are into it
 * @param blocks - its blocks, in order
 * @param maxChars - the longest chunk, in UTF-16 code units
 */
export function chunkDocument(text: string, blocks: Block[], maxChars: number = MAX_CHUNK_CHARS): Chunk[] {
  const headings: { level: number; title: string }[] = [];
  return sections(blocks).flatMap((section) => {
    for (const block of section) {
      if (block.kind !== 'heading') continue;
      const level = block.level ?? 1;
      while (headings.length > 0 && headings.at(-1)!.level >= level) headings.pop();
      headings.push({ level, title: headingTitle(text.slice(block.start, block.end)) });
    }
    const headingPath = headings.map((heading) => heading.title);
    return pack(
      section.flatMap((block) => pieces(text, block, maxChars)),
      maxChars,
    ).map((span) => ({ ...span, headingPath }));
  });
}

/** A section runs from one heading to the next; a heading right under another belongs to the same one. */
function sections(blocks: Block[]): Block[][] {
  const found: Block[][] = [];
  let previous: Block | undefined;
  for (const block of blocks) {
    if (!previous || (block.kind === 'heading' && previous.kind !== 'heading')) found.push([]);
    found.at(-1)!.push(block);
    previous = block;
  }
  return found;
}

/** Packs pieces greedily; spans of equal length, or shorter ones, were measured and found a little less. */
function pack(parts: Span[], maxChars: number): Span[] {
  const packed: Span[] = [];
  for (const part of parts) {
    const open = packed.at(-1);
    if (open && part.end - open.start <= maxChars) open.end = part.end;
    else packed.push({ start: part.start, end: part.end });
  }
  return packed;
}

function headingTitle(raw: string): string {
  return raw
    .replace(/^[#=\s]+|[#=\s]+$|\s+-{3,}$/g, '')
    .replace(/\s+/g, ' ')
    .slice(0, LONGEST_HEADING);
}

function pieces(text: string, block: Block, maxChars: number): Span[] {
  if (block.end - block.start <= maxChars) return [block];
  const parts = sentences(text.slice(block.start, block.end), block.start);
  return parts.flatMap((part) =>
    part.end - part.start <= maxChars ? [part] : cutAtWords(text, part, maxChars),
  );
}

function cutAtWords(text: string, span: Span, maxChars: number): Span[] {
  const parts: Span[] = [];
  let start = span.start;
  while (span.end - start > maxChars) {
    const end = lastJoint(text, start, start + maxChars);
    parts.push({ start, end });
    start = end;
    while (start < span.end && /\s/.test(text[start]!)) start += 1;
  }
  if (start < span.end) parts.push({ start, end: span.end });
  return parts;
}

/** The last place before `limit` to cut: behind a space, a line or a comma, else between two whole characters. */
function lastJoint(text: string, start: number, limit: number): number {
  const window = text.slice(start, limit);
  const joint = Math.max(
    window.lastIndexOf(' '),
    window.lastIndexOf('\n'),
    window.lastIndexOf('，'),
    window.lastIndexOf('、'),
  );
  if (joint > window.length / 2) return start + joint;
  const code = text.charCodeAt(limit - 1);
  return code >= 0xd800 && code <= 0xdbff ? limit - 1 : limit;
}
