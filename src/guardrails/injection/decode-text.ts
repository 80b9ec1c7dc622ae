import type { Span } from '../../language/span.ts';
import type { NormalisedText } from '../text/normalise-text.ts';

/** What a part of a text says once it is decoded. `span` is where it stands in the original. */
export type DecodedText = { text: string; span: Span; isInvisible: boolean };

const MOST_CANDIDATES = 8;
const LONGEST_CHARS = 4_000;
const FEWEST_LETTERS = 8;

const BASE64 = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
const HEX = /(?:(?:\\x|0x)?[0-9a-f]{2}[\s,:]?){10,}/gi;
const BINARY = /(?:[01]{8}\s?){6,}/g;
const PERCENT = /(?:%[0-9a-f]{2}[\w.,;:~!-]{0,24}){3,}/gi;
const ESCAPED = /(?:(?:\\u[0-9a-f]{4}|&#x?[0-9a-f]{1,6};)[\w.,;:~!-]{0,24}\s?){3,}/gi;

/** `ignore`, `instructions`, `system` and `prompt` in rot13 and from right to left: words that nothing else contains. */
const ROTATED = /\b(?:vtaber|qvfertneq|sbetrg|vafgehpgvbaf?|flfgrz|cebzcgf?|cerivbhf)\b/i;
const REVERSED = /\b(?:erongi|dragersid|tegrof|s?noitcurtsni|metsys|s?tpmorp|suoiverp)\b/i;

/**
 * Decodes what may be hidden in a text: base64, hex, binary, percent and character escapes, rot13, reversed letters, and
 * what invisible characters spell. Only what decodes to words is given, and no more than a few candidates.
 */
export function decodeText({ text, original, hidden, toOriginal }: NormalisedText): DecodedText[] {
  const found: DecodedText[] = [];
  const add = (decoded: string, span: Span, isInvisible = false) => {
    const clean = decoded.slice(0, LONGEST_CHARS);
    if (found.length < MOST_CANDIDATES && isWords(clean)) found.push({ text: clean, span, isInvisible });
  };
  const addAll = (pattern: RegExp, decode: (run: string) => string) => {
    let left = MOST_CANDIDATES * 4;
    for (const { 0: run, index } of text.matchAll(pattern)) {
      if (left-- === 0) break;
      add(decode(run.slice(0, 2 * LONGEST_CHARS)), toOriginal(index, index + run.length));
    }
  };
  for (const run of hidden)
    add(
      run.kind === 'tag' ? run.text : spelledBySelectors(original, run),
      { start: run.start, end: run.end },
      true,
    );
  addAll(BASE64, (run) => Buffer.from(run, 'base64').toString());
  addAll(HEX, (run) => Buffer.from(run.replace(/\\x|0x|[\s,:]/gi, ''), 'hex').toString());
  addAll(BINARY, (run) => bytesOf(run.replace(/\s/g, ''), 8, 2));
  addAll(PERCENT, (run) => percentDecoded(run));
  addAll(ESCAPED, unescaped);
  const whole = { start: 0, end: original.length };
  if (ROTATED.test(text)) add(rotated(text.slice(0, LONGEST_CHARS)), whole);
  if (REVERSED.test(text)) add(Array.from(text.slice(0, LONGEST_CHARS)).reverse().join(''), whole);
  return found;
}

/** Variation selectors can carry a byte each. */
function spelledBySelectors(original: string, { start, end }: Span): string {
  const bytes = Array.from(original.slice(start, end), (character) => {
    const code = character.codePointAt(0)!;
    if (code >= 0xfe00 && code <= 0xfe0f) return code - 0xfe00;
    return code >= 0xe0100 && code <= 0xe01ef ? code - 0xe0100 + 16 : 0;
  });
  return Buffer.from(bytes.filter((byte) => byte > 0)).toString();
}

function bytesOf(digits: string, width: number, radix: number): string {
  const bytes = Array.from({ length: Math.floor(digits.length / width) }, (_, at) =>
    Number.parseInt(digits.slice(at * width, (at + 1) * width), radix),
  );
  return Buffer.from(bytes).toString();
}

function percentDecoded(run: string): string {
  return Buffer.from(
    run.replace(/%([0-9a-f]{2})/gi, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16))),
    'latin1',
  ).toString();
}

function unescaped(run: string): string {
  return run.replace(
    /\\u([0-9a-f]{4})|&#(x?)([0-9a-f]{1,6});/gi,
    (_, unit?: string, x?: string, code?: string) => {
      const point = unit ? Number.parseInt(unit, 16) : Number.parseInt(code!, x ? 16 : 10);
      return point <= 0x10ffff ? String.fromCodePoint(point) : ' ';
    },
  );
}

function rotated(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const first = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
  });
}

/** Random bytes are hardly ever nine tenths letters and spaces. */
function isWords(text: string): boolean {
  const letters = text.match(/[\p{L}\p{N}\s.,:;!?'"_-]/gu)?.length ?? 0;
  return letters >= FEWEST_LETTERS && letters >= text.length * 0.9 && !text.includes('\ufffd');
}
