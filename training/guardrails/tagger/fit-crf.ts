import { mayFollow, OTHER, TAG_COUNT } from '../../../src/guardrails/pii/tagger/tags.ts';
import { describeWords, PADDING } from '../../../src/guardrails/pii/tagger/describe-words.ts';
import { FEATURES, otherRows, ROW_BITS, startRows } from '../../../src/guardrails/pii/tagger/features.ts';
import * as bits from '../../../src/guardrails/pii/tagger/lexicon.ts';
import { tokenise, type Tokens } from '../../../src/guardrails/text/tokens.ts';
import type { LabelledText } from './labelled-text.ts';
import { createRandom } from './random.ts';

/** Weights of each feature row's tags but `OTHER`, and of each tag after each. */
export type CrfWeights = { rows: Float32Array; transitions: Float64Array };
export type CrfOptions = {
  epochs: number;
  rate: number;
  /** So much of a weight is lost with each step that it takes. */
  decay: number;
  /** So often a name, or another word, is taken for a word of no list, so that its context and letters are learnt too. */
  forgetName: number;
  forgetWord: number;
  report: (line: string) => void;
};
type Example = { text: string; tokens: Tokens; tags: Uint8Array; weight: number };

const WEIGHTS = TAG_COUNT - 1;
/** What int8 holds, in steps of 1/32. */
const LARGEST_WEIGHT = 3.95;
const NEVER = -30;
const INITIAL_SQUARES = 1e-2;

export function toExample({ text, spans, weight }: LabelledText): Example {
  const tokens = tokenise(text);
  const tags = new Uint8Array(tokens.count);
  for (const { start, end, type } of spans) {
    let tag = type === 'PERSON' ? 1 : 3;
    for (let index = 0; index < tokens.count; index++)
      if (tokens.starts[index]! < end && tokens.ends[index]! > start) {
        tags[index] = tag;
        if (tag % 2 === 1) tag++;
      }
  }
  return { text, tokens, tags, weight };
}

/** A linear-chain conditional random field, fitted by AdaGrad on one text after another. */
export function fitCrf(
  examples: Example[],
  entries: Map<string, number>,
  { epochs, rate, decay, forgetName, forgetWord, report }: CrfOptions,
): CrfWeights {
  const random = createRandom(7);
  const lexicon = new Map([...entries].map(([word, entry]) => [bits.hashWord(word), entry]));
  const rows = new Float32Array(2 ** ROW_BITS * WEIGHTS);
  const squares = new Float32Array(rows.length).fill(INITIAL_SQUARES);
  const transitions = new Float64Array(TAG_COUNT * TAG_COUNT);
  const transitionSquares = new Float64Array(transitions.length).fill(1);
  const buffer = new Int32Array(FEATURES);
  const step = (weights: Float32Array | Float64Array, sums: Float32Array | Float64Array, at: number, gradient: number) => {
    sums[at]! += gradient * gradient;
    const moved = weights[at]! * (1 - decay) - (rate * gradient) / Math.sqrt(sums[at]!);
    weights[at] = Math.max(-LARGEST_WEIGHT, Math.min(LARGEST_WEIGHT, moved));
  }; // prettier-ignore
  const order = examples.map((_, index) => index);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let loss = 0;
    for (let at = order.length - 1; at > 0; at--) {
      const other = random.integer(0, at);
      [order[at], order[other]] = [order[other]!, order[at]!];
    }
    for (const index of order) {
      const { text, tokens, tags, weight } = examples[index]!;
      const { count } = tokens;
      if (count === 0) continue;
      const words = describeWords(text, tokens, (hash) => {
        const entry = lexicon.get(hash) ?? 0;
        const isName = (entry & (bits.GIVEN_NAME | bits.FAMILY_NAME)) !== 0 && (entry & bits.COMMON_WORD) === 0; // prettier-ignore
        return random.chance(isName ? forgetName : forgetWord) ? 0 : entry;
      });
      const places = new Int32Array(count * FEATURES);
      const scores = new Float64Array(count * TAG_COUNT);
      for (let word = 0; word < count; word++) {
        startRows(words, word + PADDING, buffer);
        otherRows(words, word + PADDING, buffer);
        places.set(buffer, word * FEATURES);
        for (const row of buffer)
          for (let tag = 0; tag < WEIGHTS; tag++) scores[word * TAG_COUNT + tag + 1]! += rows[row * WEIGHTS + tag]!;
      } // prettier-ignore
      const { marginals, pairs, logLikelihood } = expectations(scores, tags, transitions);
      loss -= logLikelihood;
      for (let word = 0; word < count; word++)
        for (let tag = 1; tag < TAG_COUNT; tag++) {
          const gradient = weight * (marginals[word * TAG_COUNT + tag]! - Number(tags[word] === tag));
          if (Math.abs(gradient) < 1e-4) continue;
          for (let feature = 0; feature < FEATURES; feature++)
            step(rows, squares, places[word * FEATURES + feature]! * WEIGHTS + tag - 1, gradient);
        }
      pairs.forEach((gradient, at) => step(transitions, transitionSquares, at, weight * gradient));
    }
    report(`epoch ${epoch}: loss ${(loss / examples.length).toFixed(4)} a text`);
  }
  return { rows, transitions };
}

/** Each word's probabilities of tags, and how often each tag follows each: expected minus seen. */
function expectations(scores: Float64Array, tags: Uint8Array, transitions: Float64Array) {
  const count = tags.length;
  const moves = new Float64Array(TAG_COUNT * TAG_COUNT);
  for (let from = 0; from < TAG_COUNT; from++)
    for (let to = 0; to < TAG_COUNT; to++)
      moves[from * TAG_COUNT + to] = Math.exp(mayFollow(from, to) ? transitions[from * TAG_COUNT + to]! : NEVER);
  const emissions = scores.map(Math.exp);
  const forward = new Float64Array(scores.length);
  const backward = new Float64Array(scores.length);
  const marginals = new Float64Array(scores.length);
  const pairs = new Float64Array(moves.length);
  let logLikelihood = 0;
  let before = OTHER;
  for (let word = 0; word < count; word++) {
    const here = word * TAG_COUNT;
    let all = 0;
    for (let tag = 0; tag < TAG_COUNT; tag++) {
      let sum = word === 0 ? moves[tag]! : 0;
      for (let last = 0; word > 0 && last < TAG_COUNT; last++)
        sum += forward[here - TAG_COUNT + last]! * moves[last * TAG_COUNT + tag]!;
      all += forward[here + tag] = sum * emissions[here + tag]!;
    }
    for (let tag = 0; tag < TAG_COUNT; tag++) forward[here + tag]! /= all;
    const seen = tags[word]!;
    logLikelihood += scores[here + seen]! + Math.log(moves[before * TAG_COUNT + seen]!) - Math.log(all);
    pairs[before * TAG_COUNT + seen]! -= 1;
    before = seen;
  }
  for (let word = count - 1; word >= 0; word--) {
    const here = word * TAG_COUNT;
    let all = 0;
    for (let tag = 0; tag < TAG_COUNT; tag++) {
      let sum = word === count - 1 ? 1 : 0;
      for (let next = 0; word < count - 1 && next < TAG_COUNT; next++)
        sum += backward[here + TAG_COUNT + next]! * moves[tag * TAG_COUNT + next]! * emissions[here + TAG_COUNT + next]!;
      backward[here + tag] = sum;
      all += sum;
    }
    let mass = 0;
    for (let tag = 0; tag < TAG_COUNT; tag++) {
      backward[here + tag]! /= all;
      mass += marginals[here + tag] = forward[here + tag]! * backward[here + tag]!;
    }
    for (let tag = 0; tag < TAG_COUNT; tag++) marginals[here + tag]! /= mass;
  }
  for (let word = 0; word < count; word++) {
    const here = word * TAG_COUNT;
    const joint = new Float64Array(moves.length);
    let mass = 0;
    for (let last = 0; last < TAG_COUNT; last++)
      for (let tag = 0; tag < TAG_COUNT; tag++) {
        const first = word === 0 ? Number(last === OTHER) : forward[here - TAG_COUNT + last]!;
        const at = last * TAG_COUNT + tag;
        mass += joint[at] = first * moves[at]! * emissions[here + tag]! * backward[here + tag]!;
      }
    for (let at = 0; at < joint.length; at++) pairs[at]! += joint[at]! / mass;
  }
  return { marginals, pairs, logLikelihood };
} // prettier-ignore
