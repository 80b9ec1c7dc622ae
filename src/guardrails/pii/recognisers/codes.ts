import type { Span } from '../../../language/span.ts';

/** A word of Latin letters and digits, some of them digits: `B3097651`. */
export type Code = Span & { value: string };

const FEWEST_DIGITS = 2;
const LONGEST = 34;
const DIGITS = /\d+/g;
const WORD = /[\p{L}\p{N}_]/u;

/** Every such word with at least two digits that stands by itself and is not longer than any number of a document. */
export function findCodes(text: string): Code[] {
  const codes: Code[] = [];
  let known = 0;
  for (const { 0: digits, index } of text.matchAll(DIGITS)) {
    if (index < known) continue;
    let start = index;
    while (start > known && index - start < LONGEST && isAlphanumeric(text.charCodeAt(start - 1))) start--;
    let end = index + digits.length;
    while (end - start <= LONGEST && isAlphanumeric(text.charCodeAt(end))) end++;
    known = end;
    const value = text.slice(start, end);
    const isWhole = !WORD.test(text[start - 1] ?? '') && !WORD.test(text[end] ?? '');
    if (isWhole && value.length <= LONGEST && countDigits(value) >= FEWEST_DIGITS)
      codes.push({ start, end, value });
  }
  return codes;
}

export function countDigits(value: string): number {
  let count = 0;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code >= 48 && code <= 57) count++;
  }
  return count;
}

function isAlphanumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
