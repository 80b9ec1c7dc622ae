import { createHash } from 'node:crypto';

const WORD = /[\p{L}\p{N}][\p{L}\p{N}'-]*/gu;
const MOST_WORDS = 3;

/** A harmless text's like as people type it into a search: one to three of its words in a row, the same ones each time. */
export function keywordsOf({ id, text }: { id: string; text: string }): string {
  const words = text.match(WORD) ?? [];
  const [place = 0, count = 0] = createHash('sha256').update(`${id} keywords`).digest();
  const from = words.length === 0 ? 0 : place % words.length;
  return words.slice(from, from + 1 + (count % MOST_WORDS)).join(' ');
}
