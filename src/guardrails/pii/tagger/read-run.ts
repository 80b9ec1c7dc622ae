import { OTHER, TAG_COUNT } from './tags.ts';
import { NEVER, type Transitions } from './transitions.ts';
import type { WordScorer } from './word-scorer.ts';

/** The tags of consecutive words, and how likely each word is not `OTHER`. */
export type Run = { tags: Uint8Array; inside: Float64Array };

/** A run is over where every path that is still within something is this far behind the best (in log odds). */
const CLOSED = 6;
const MOST_WORDS = 64;
/** Findings that are a little less likely than not are found too: their score tells them. */
const LENIENCE = 1;

/**
 * Reads on from a word that may start something, as far as something may go on: the likeliest tags (Viterbi), and
 * probabilities by forward and backward sums of a linear-chain conditional random field. What stands around is `OTHER`.
 */
export function readRun(scorer: WordScorer, from: number, count: number, transitions: Transitions): Run {
  const most = Math.min(MOST_WORDS, count - from);
  const { logs, odds } = transitions;
  const scores = new Float64Array(most * TAG_COUNT);
  const best = new Float64Array(most * TAG_COUNT);
  const back = new Uint8Array(most * TAG_COUNT);
  const forward = new Float64Array(most * TAG_COUNT);
  let length = 0;
  for (let isOpen = true; isOpen && length < most; length++) {
    const here = length * TAG_COUNT;
    const there = here - TAG_COUNT;
    scorer.score(from + length, scores, here);
    let all = 0;
    let inside = NEVER;
    for (let tag = 0; tag < TAG_COUNT; tag++) {
      let top = length === 0 ? logs[tag]! : NEVER * 2;
      let sum = length === 0 ? odds[tag]! : 0;
      for (let before = 0; length > 0 && before < TAG_COUNT; before++) {
        const move = before * TAG_COUNT + tag;
        sum += forward[there + before]! * odds[move]!;
        const reached = best[there + before]! + logs[move]!;
        if (reached <= top) continue;
        top = reached;
        back[here + tag] = before;
      }
      const score = scores[here + tag]!;
      best[here + tag] = tag === OTHER ? top : top + score + LENIENCE;
      if (tag !== OTHER) inside = Math.max(inside, best[here + tag]!);
      all += forward[here + tag] = sum * Math.exp(score);
    }
    for (let tag = 0; tag < TAG_COUNT; tag++) forward[here + tag]! /= all;
    isOpen = inside > best[here]! - CLOSED;
  }
  return { tags: likeliestTags(best, back, length), inside: insideOdds(scores, forward, odds, length) };
}

function likeliestTags(best: Float64Array, back: Uint8Array, length: number): Uint8Array {
  const tags = new Uint8Array(length);
  const last = (length - 1) * TAG_COUNT;
  let tag = OTHER;
  for (let other = 1; other < TAG_COUNT; other++) if (best[last + other]! > best[last + tag]!) tag = other;
  for (let place = length - 1; place >= 0; place--) {
    tags[place] = tag;
    tag = back[place * TAG_COUNT + tag]!;
  }
  return tags;
}

function insideOdds(scores: Float64Array, forward: Float64Array, odds: Float64Array, length: number) {
  const inside = new Float64Array(length);
  let backward = new Float64Array(TAG_COUNT).fill(1);
  for (let place = length - 1; place >= 0; place--) {
    const here = place * TAG_COUNT;
    let all = 0;
    for (let tag = 0; tag < TAG_COUNT; tag++) all += forward[here + tag]! * backward[tag]!;
    inside[place] = 1 - (forward[here]! * backward[OTHER]!) / all;
    const earlier = new Float64Array(TAG_COUNT);
    for (let tag = 0; tag < TAG_COUNT; tag++) {
      const reached = (Math.exp(scores[here + tag]!) * backward[tag]!) / all;
      for (let before = 0; before < TAG_COUNT; before++)
        earlier[before]! += odds[before * TAG_COUNT + tag]! * reached;
    }
    backward = earlier;
  }
  return inside;
}
