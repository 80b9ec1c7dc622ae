import type { GuardedText } from '../text/guarded-text.ts';

/** The words of a text with their disguises taken off, and where in `GuardedText.text` each begins. */
export type PlainWords = { words: string[]; starts: number[]; isDisguised: boolean };

const LEET: Record<string, string> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};
/** A digit before a letter: identifiers (`covid19`) have theirs at the end, ordinals and times (`1st`, `10am`) few letters. */
const POSED_DIGIT = /[013457][a-z]/;
const PLAIN_NUMBER = /^[0-9]+[a-z]{0,2}$/;
const POSED = /[013457@$!]/g;
const SYMBOLS = new Set(['@', '$', '!', '*']);
const SEPARATORS = new Set(['.', '-', '_', '*', '/']);
const ONE_LETTER = /^[\p{L}0-9]$/u;
const LETTERS_IN_A_SPELLED_WORD = 3;
/** A longer word is cut, so that nothing hides behind its length. */
const MOST_WORD_CHARS = 40;

const plainOf = new WeakMap<GuardedText, PlainWords>();

/** Joins `w o m e n` and `b!tch`, reads `w0men` as letters, and cuts what is too long for a word; once for a text. */
export function plainWords(text: GuardedText): PlainWords {
  const known = plainOf.get(text) ?? readPlain(text);
  plainOf.set(text, known);
  return known;
}

function readPlain({ tokens: { folded, starts, ends, count } }: GuardedText): PlainWords {
  const plain: PlainWords = { words: [], starts: [], isDisguised: false };
  const add = (word: string, start: number, isDisguised: boolean) => {
    plain.isDisguised ||= isDisguised;
    for (let from = 0; from < word.length; from += MOST_WORD_CHARS) {
      plain.words.push(word.length > MOST_WORD_CHARS ? word.slice(from, from + MOST_WORD_CHARS) : word);
      plain.starts.push(start);
    }
  };
  const touches = (at: number) => at + 1 < count && ends[at] === starts[at + 1];
  const isLetter = (at: number) => at < count && ends[at]! - starts[at]! <= 2 && ONE_LETTER.test(folded[at]!);

  for (let at = 0; at < count;) {
    const start = starts[at]!;
    const letters = [at];
    while (isLetter(letters.at(-1)!)) {
      const last = letters.at(-1)!;
      const next =
        SEPARATORS.has(folded[last + 1] ?? '') && touches(last) && touches(last + 1) ? last + 2 : last + 1;
      if (next >= count || starts[next]! - ends[next - 1]! > 1 || !isLetter(next)) break;
      letters.push(next);
    }
    if (letters.length >= LETTERS_IN_A_SPELLED_WORD) {
      add(read(letters.map((place) => folded[place]).join('')), start, true);
      at = letters.at(-1)! + 1;
      continue;
    }
    const joined = [folded[at]!];
    while (!SYMBOLS.has(folded[at]!) && touches(at) && SYMBOLS.has(folded[at + 1]!)) {
      let end = at + 1;
      while (touches(end) && SYMBOLS.has(folded[end + 1]!) && end - at < LETTERS_IN_A_SPELLED_WORD) end += 1;
      if (!touches(end) || !isWord(folded[end + 1]!)) break;
      joined.push(...folded.slice(at + 1, end + 2));
      at = end + 1;
    }
    const word = joined.join('');
    const isPosed = joined.length > 1 || (POSED_DIGIT.test(word) && !PLAIN_NUMBER.test(word));
    add(isPosed ? read(word) : word, start, isPosed);
    at += 1;
  }
  return plain;
}

function read(word: string): string {
  return word.replace(POSED, (posed) => LEET[posed]!);
}

function isWord(folded: string): boolean {
  return folded.length > 1 || ONE_LETTER.test(folded);
}
