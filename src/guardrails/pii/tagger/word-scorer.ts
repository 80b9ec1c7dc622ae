import type { GuardedText } from '../../text/guarded-text.ts';
import { describeWords, PADDING } from './describe-words.ts';
import { FEATURES, otherRows, START_FEATURES, startRows } from './features.ts';
import { STEPS, type TaggerModel } from './tagger-model.ts';
import { TAG_COUNT } from './tags.ts';

export type WordScorer = {
  /** Whether a name or an address may begin with this word; most words need no more than a quick look. */
  mayStart(index: number): boolean;
  /** Writes the log odds of the word's tags, all against `OTHER`. */
  score(index: number, scores: Float64Array, at: number): void;
};

/** What packed weights are stored with, so that they are not negative. */
const BIAS = 128;
const LEAST_QUICK = -2 * STEPS;
const LEAST = -5 * STEPS;

/** Adds up the weights of words in a text; each looks no further than `describeWords` and two words either way. */
export function createWordScorer({ text, tokens }: GuardedText, { lexicon, rows }: TaggerModel): WordScorer {
  const words = describeWords(text, tokens, lexicon);
  const places = new Int32Array(FEATURES);
  // Sixteen bits hold the sum of all bytes, so two sums go in each number: here those of the tags that begin.
  const sumOfFirst = (from: number, to: number) => {
    let sum = 0;
    for (let feature = from; feature < to; feature++) sum += rows[places[feature]!]! & 0xff00ff;
    return sum;
  };
  return {
    mayStart(index) {
      startRows(words, index + PADDING, places);
      const quick = sumOfFirst(0, START_FEATURES);
      if (best(quick) - START_FEATURES * BIAS < LEAST_QUICK) return false;
      otherRows(words, index + PADDING, places);
      return best(quick + sumOfFirst(START_FEATURES, FEATURES)) - FEATURES * BIAS >= LEAST;
    },
    score(index, scores, at) {
      startRows(words, index + PADDING, places);
      otherRows(words, index + PADDING, places);
      const first = sumOfFirst(0, FEATURES);
      let further = 0;
      for (let feature = 0; feature < FEATURES; feature++)
        further += (rows[places[feature]!]! >>> 8) & 0xff00ff;
      for (let tag = 1; tag < TAG_COUNT; tag++) {
        const sums = tag % 2 === 1 ? first : further;
        const sum = tag < 3 ? sums & 0xffff : sums >>> 16;
        scores[at + tag] = (sum - FEATURES * BIAS) / STEPS;
      }
    },
  };
}

function best(sums: number): number {
  return Math.max(sums & 0xffff, sums >>> 16);
}
