import type { Span } from '../../language/span.ts';
import { foldHomoglyphs } from './homoglyphs.ts';
import { hiddenRunAt, type HiddenRun } from './hidden-characters.ts';
import { createOffsetMap } from './offset-map.ts';

/** A text as the guardrails read it, and the way back to the text as it was sent. Offsets are UTF-16 code units. */
export type NormalisedText = {
  original: string;
  /** NFKC, without invisible characters, plain dashes and quotes, digits of any script as 0 to 9, letters of other scripts that pose as Latin made Latin. Case is kept. */
  text: string;
  /** Runs of characters that no reader sees, in `original`. */
  hidden: HiddenRun[];
  /** Where `text` from `start` to `end` stands in `original`. */
  toOriginal: (start: number, end: number) => Span;
};

const PLAIN = /^[\t\n\r -~]*$/;
/** Marks stay with their letter: they change together. More than eight do not change how it reads, and sorting them is not linear. */
const CLUSTER = /[^][\p{M}--\p{DI}]{0,8}/vy;
const MARK = /\p{M}/u;
const DIGIT = /\p{Nd}/u;
const OTHER_DIGIT = /(?![0-9])\p{Nd}/gu;
const TYPOGRAPHIC = new Map(
  Object.entries({ '‘’ʼ': "'", '“”': '"', '‐‑‒–—―−': '-', '\u2028\u2029': '\n' }).flatMap(
    ([characters, plain]) => Array.from(characters, (character) => [character, plain] as const),
  ),
);

/** What a code unit asks for: to be kept, to join the character before it, or to be looked at. */
const KEPT = 1;
const JOINS = 2;
const HIDES = 3;
const CHANGES = 4;
const HALF = 5;
/** Both filled as characters turn up, since most of Unicode never does. */
const kinds = new Uint8Array(0x10000);
const forms = new Map<number, string>();

/** Brings a text to the one form that patterns and models know, in linear time. */
export function normaliseText(original: string): NormalisedText {
  if (PLAIN.test(original)) return { original, text: original, hidden: [], toOriginal: asIs };
  const hidden: HiddenRun[] = [];
  const offsets = createOffsetMap();
  let text = '';
  let kept = 0;
  // What stands before it takes no more marks.
  let settled = 0;
  for (let at = 0; at < original.length;) {
    const kind = kindAt(original, at);
    if (kind === KEPT) {
      at++;
      continue;
    }
    const start = kind === JOINS && at > settled ? at - 1 : at;
    const run = kind === HIDES || kind === HALF ? hiddenRunAt(original, at) : undefined;
    const isAlone = kind === CHANGES && kindAt(original, at + 1) !== JOINS;
    const end = run?.end ?? (isAlone ? at + 1 : clusterEnd(original, start));
    if (run) hidden.push(run);
    const piece = run
      ? ''
      : isAlone
        ? forms.get(original.charCodeAt(at))!
        : formOf(original.slice(start, end));
    at = settled = end;
    if (!isAlone && piece === original.slice(start, end)) continue;
    text += original.slice(kept, start) + piece;
    if (!isAlone || piece.length !== 1) offsets.add(text.length - piece.length, text.length, start, end);
    kept = end;
  }
  text = foldHomoglyphs(text + original.slice(kept));
  return { original, text, hidden, toOriginal: offsets.toOriginal };
}

function asIs(start: number, end: number): Span {
  return { start, end };
}

function kindAt(text: string, at: number): number {
  if (at >= text.length) return KEPT;
  const unit = text.charCodeAt(at);
  return (kinds[unit] ||= kindOf(unit));
}

function kindOf(unit: number): number {
  const character = String.fromCharCode(unit);
  if ((unit & 0xf800) === 0xd800) return HALF;
  if (hiddenRunAt(character, 0)) return HIDES;
  if (MARK.test(character)) return JOINS;
  const form = formOf(character);
  if (form === character) return KEPT;
  forms.set(unit, form);
  return CHANGES;
}

function clusterEnd(text: string, start: number): number {
  CLUSTER.lastIndex = start;
  CLUSTER.test(text);
  return CLUSTER.lastIndex;
}

function formOf(cluster: string): string {
  return TYPOGRAPHIC.get(cluster) ?? cluster.normalize('NFKC').replace(OTHER_DIGIT, plainDigit);
}

/** Each script has its ten in order, and where two of them touch, by tens. */
function plainDigit(digit: string): string {
  const code = digit.codePointAt(0)!;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(code - before - 1))) before++;
  return String(before % 10);
}
