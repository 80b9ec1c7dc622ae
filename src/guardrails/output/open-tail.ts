import { isSpace } from './is-space.ts';

/** No finding reaches over more text than this: what came earlier is settled. */
const LONGEST_TAIL = 320;
/** A word is open until this many words have followed it: the tagger reads as far ahead. */
const WORDS_AHEAD = 5;
/** Longer where it leads, in steps of at most so many words, from one telling word to the next. */
const STEP_WORDS = 3;
/** A number leads further: an address in small letters has names of places between its numbers. */
const NUMBER_STEP_WORDS = 8;
/** Capitals, digits, marks of addresses and placeholders, letters without case; `at` and `dot` as an address is spelled out. */
const TELLING = /[\p{Lu}\p{Lt}\p{Lo}\p{N}@_[+]|::|^[[(<]?(?:at|dot)[\])>]?$/u;
const NUMBER = /\d/;

/**
 * The first place of the text that what follows may still make part of personal data: the words of a name, an address or a
 * number that is under way, and a few plain words. Fitted to the shipped detector by measurement, which bounds nothing:
 * a finding that needs more to its right comes too late (bench/GUARDRAILS.md counts them).
 */
export function openTail(text: string): number {
  const first = Math.max(0, text.length - LONGEST_TAIL);
  let open = text.length;
  let step = 0;
  for (let end = text.length, words = 1; words <= WORDS_AHEAD || step < NUMBER_STEP_WORDS; words++) {
    while (end > first && isSpace(text.charCodeAt(end - 1))) end--;
    if (end === first) return step < STEP_WORDS ? first : open;
    let start = end;
    while (start > first && !isSpace(text.charCodeAt(start - 1))) start--;
    const word = text.slice(start, end);
    step++;
    const leads = NUMBER.test(word) || (step <= STEP_WORDS && TELLING.test(word));
    // The word before one that leads may be what it leads on from: `jane dot doe`.
    if (leads || step === 1 || words <= WORDS_AHEAD) open = start;
    if (leads) step = 0;
    end = start;
  }
  return open;
}
