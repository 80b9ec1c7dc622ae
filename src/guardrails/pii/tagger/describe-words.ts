import type { Tokens } from '../../text/tokens.ts';
import { COUNTS_ITSELF, CUE_SHIFT, hashWord, type Lexicon } from './lexicon.ts';

/** `FIELDS` numbers for each word of a text, with `PADDING` empty words before and after: one array, since it is made for every text. */
export type WordDescriptions = Int32Array;

export const FIELDS = 9;
/** The word itself where the lexicon says that it counts, else 0. */
export const WORD = 0;
/** What the lexicon and the letters' case say, in one number. */
export const KIND = 1;
export const SHAPE = 2;
/** How it stands from the word before it: 0 joined, 1 after a space, 2 on a new line, 3 after an empty line. */
export const GAP = 3;
export const LENGTH = 4;
/** Hashes of the last two, three and four letters, and of the first three. */
export const SUFFIX_2 = 5;
export const SUFFIX_3 = 6;
export const SUFFIX_4 = 7;
export const PREFIX_3 = 8;

export const PADDING = 2;
/** How far around a word its text's manner of writing capitals is read, in words. */
const CASE_WORDS_BEFORE = 12;
const CASE_WORDS_AFTER = 5;
/** Only so many characters of a word are looked at. */
const MOST_LETTERS = 40;
const MOST_GAP = 40;

const LOWER = 0;
const INITIAL = 2;
const UPPER = 4;
const LETTER = 6;
const MIXED = 7;
const DIGITS = 8;
const MORE_DIGITS = 13;
const DIGIT_FIRST = 14;
const LETTER_FIRST = 15;
const UNCASED = 16;
const MARK = 17;
const NOTHING = 18;
const SHAPES = 32;

/** Describes words in context: a description depends on no more than the words that the constants above say. */
export function describeWords(text: string, tokens: Tokens, lexicon: Lexicon): WordDescriptions {
  const words = new Int32Array((tokens.count + 2 * PADDING) * FIELDS);
  for (let pad = 0; pad < PADDING; pad++) {
    for (const at of [pad * FIELDS, words.length - (pad + 1) * FIELDS]) {
      words[at + KIND] = NOTHING;
      words[at + SHAPE] = NOTHING;
      words[at + GAP] = 3;
    }
  }
  for (let index = 0; index < tokens.count; index++) {
    const at = (index + PADDING) * FIELDS;
    const start = tokens.starts[index]!;
    const end = Math.min(tokens.ends[index]!, start + MOST_LETTERS);
    words[at + SHAPE] = shapeOf(text, start, end);
    words[at + GAP] = index === 0 ? 3 : gapBetween(text, tokens.ends[index - 1]!, start);
    words[at + LENGTH] = end - start;
  }
  countCase(words, tokens.count);
  for (let index = 0; index < tokens.count; index++) {
    const at = (index + PADDING) * FIELDS;
    const folded = tokens.folded[index]!;
    const hash = hashWord(folded);
    const entry = lexicon(hash);
    words[at + WORD] = (entry & COUNTS_ITSELF) === 0 ? 0 : hash;
    const cue = entry >> CUE_SHIFT;
    words[at + KIND] = (cue === 0 ? entry & (COUNTS_ITSELF - 1) : 256 + cue) * SHAPES + words[at + SHAPE]!;
    if (words[at + SHAPE]! < DIGITS) addAffixes(words, at, folded);
  }
  return words;
}

function addAffixes(words: WordDescriptions, at: number, folded: string): void {
  const { length } = folded;
  const code = (place: number) => folded.charCodeAt(place);
  if (length < 3) return;
  const last2 = code(length - 1) | (code(length - 2) << 10);
  words[at + SUFFIX_2] = last2;
  words[at + SUFFIX_3] = last2 | (code(length - 3) << 20);
  words[at + PREFIX_3] = code(0) | (code(1) << 10) | (code(2) << 20);
  if (length > 4) words[at + SUFFIX_4] = words[at + SUFFIX_3]! ^ Math.imul(code(length - 4), 0x9e3779b1);
}

function shapeOf(text: string, start: number, end: number): number {
  let upper = 0;
  let lower = 0;
  let digits = 0;
  let uncased = 0;
  let firstIsUpper = false;
  let firstIsDigit = false;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= 97 && code <= 122) lower++;
    else if (code >= 65 && code <= 90) {
      upper++;
      firstIsUpper ||= at === start;
    } else if (code >= 48 && code <= 57) {
      digits++;
      firstIsDigit ||= at === start;
    } else if (code >= 0xaa) {
      const character = text[at]!;
      const small = character.toLowerCase();
      if (character !== small) {
        upper++;
        firstIsUpper ||= at === start;
      } else if (character !== character.toUpperCase()) lower++;
      else uncased++;
    }
  }
  if (digits > 0) {
    if (upper + lower > 0) return firstIsDigit ? DIGIT_FIRST : LETTER_FIRST;
    return digits <= 1 ? DIGITS : Math.min(DIGITS + digits - 1, MORE_DIGITS);
  }
  if (upper + lower === 0) return uncased > 0 && isLetter(text.charCodeAt(start)) ? UNCASED : MARK;
  if (upper === 0) return LOWER;
  if (lower === 0) return upper === 1 ? LETTER : UPPER;
  return firstIsUpper && upper === 1 ? INITIAL : MIXED;
}

/** Among the characters without case: past the general punctuation and symbols, or before them in the alphabets. */
function isLetter(code: number): boolean {
  return (code >= 0x5d0 && code < 0x2000) || (code >= 0x3040 && code < 0xd7b0) || (code & 0xfc00) === 0xd800;
}

function gapBetween(text: string, from: number, to: number): number {
  if (from === to) return 0;
  let lines = 0;
  for (let at = from; at < to && at < from + MOST_GAP; at++) if (text.charCodeAt(at) === 10) lines++;
  return lines === 0 ? 1 : Math.min(lines + 1, 3);
}

/** Marks small words where no capitals are near, and capitals where nothing else is: there they say little. */
function countCase(words: WordDescriptions, count: number): void {
  const capitals = new Int32Array(count + 1);
  const smalls = new Int32Array(count + 1);
  for (let index = 0; index < count; index++) {
    const own = words[(index + PADDING) * FIELDS + SHAPE]!;
    capitals[index + 1] = capitals[index]! + Number(own === INITIAL || own === UPPER || own === MIXED);
    smalls[index + 1] = smalls[index]! + Number(own === LOWER);
  }
  for (let index = 0; index < count; index++) {
    const own = words[(index + PADDING) * FIELDS + SHAPE]!;
    if (own > UPPER) continue;
    const from = Math.max(0, index - CASE_WORDS_BEFORE);
    const to = Math.min(count, index + CASE_WORDS_AFTER + 1);
    const others = own === LOWER ? capitals : smalls;
    if (others[to] === others[from]) words[(index + PADDING) * FIELDS + SHAPE] = own + 1;
  }
}
