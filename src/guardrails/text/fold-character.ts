import { normaliseText } from './normalise-text.ts';

const SPACE = /\s/gu;
const MARK = /\p{M}/gu;
const folded = new Map<string, string>();

/**
 * What a character is to a comparison of exact strings: without case, accent, width and disguise; nothing where it is
 * invisible, one space for any white space. Each character by itself, so that a text can be folded as it streams.
 */
export function foldCharacter(character: string): string {
  const known = folded.get(character);
  if (known !== undefined) return known;
  // A letter of another script passes for Latin only beside Latin: the x makes every such letter fold alike.
  const plain = normaliseText(`x${character}`).text.slice(1).normalize('NFKD').replace(MARK, '');
  // By way of upper case, where ß and ss, ς and σ are the same.
  const caseless = plain.toUpperCase().toLowerCase().replace(MARK, '').replace(SPACE, ' ');
  folded.set(character, caseless);
  return caseless;
}
