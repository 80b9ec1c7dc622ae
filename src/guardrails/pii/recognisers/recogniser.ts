import type { Span } from '../../../language/span.ts';
import type { PiiType } from '../../verdict.ts';
import type { Code } from './codes.ts';
import type { NumberRun } from './number-runs.ts';

/** What may be personal data; `start` and `end` are places of the normalised text, `score` the probability that it is. */
export type Candidate = Span & { type: PiiType; score: number };

/** A normalised text with the numbers and codes that stand in it, found once for all recognisers. */
export type ScanInput = { text: string; runs: readonly NumberRun[]; codes: readonly Code[] };

/** Finds one kind of personal data, in time linear in the text. */
export type Recogniser = (input: ScanInput) => Iterable<Candidate>;

/** How far words may stand before a value, and behind it, to say what it is. */
const BEFORE_CHARS = 60;
const BEHIND_CHARS = 40;

/** Whether the words shortly before a place say so. */
export function saysBefore({ text }: ScanInput, start: number, words: RegExp): boolean {
  return words.test(text.slice(Math.max(0, start - BEFORE_CHARS), start));
}

/** Whether the words shortly behind a place say so. */
export function saysBehind({ text }: ScanInput, end: number, words: RegExp): boolean {
  return words.test(text.slice(end, end + BEHIND_CHARS));
}

const WORD = /[\p{L}\p{N}]/u;

/** Whether a value stands by itself, and is not a part of a longer word or number. */
export function standsAlone(text: string, { start, end }: Span): boolean {
  return !WORD.test(text[start - 1] ?? '') && !WORD.test(text[end] ?? '');
}
