import type { PiiType } from '../verdict.ts';
import type { GuardedText } from '../text/guarded-text.ts';
import { recognisers, type PatternType } from './recognisers/index.ts';
import { findCodes } from './recognisers/codes.ts';
import { findNumberRuns } from './recognisers/number-runs.ts';
import type { Candidate } from './recognisers/recogniser.ts';
import { tagEntities } from './tagger/tag-entities.ts';

/** Probabilities from which a finding counts: a name that is missed costs more than a word that is hidden. */
const THRESHOLD = 0.5;
const TAGGED_THRESHOLD = 0.3;
/** What no pattern does without: most texts have neither, and are read by the tagger alone. */
const HAS_DIGIT = /\d/;
const MAY_BE_EMAIL = /@|\bat\b/i;
const NEEDS_NO_DIGIT: ReadonlySet<PatternType> = new Set(['EMAIL', 'IP_ADDRESS']);

/** Personal data of the given types in a normalised text, in order; where two findings overlap, the likelier one, then the longer. */
export function findEntities(text: GuardedText, types: ReadonlySet<PiiType>): Candidate[] {
  const patterned = [...findPatterned(text.text, types)].filter(({ score }) => score >= THRESHOLD);
  return withoutOverlap([...patterned, ...byTagger(text, types)]);
}

/** What is told by its form and the words around it. */
export function* findPatterned(text: string, types: ReadonlySet<PiiType>): Iterable<Candidate> {
  const hasDigit = HAS_DIGIT.test(text);
  const input = { text, runs: hasDigit ? findNumberRuns(text) : [], codes: hasDigit ? findCodes(text) : [] };
  for (const [type, recognise] of Object.entries(recognisers) as [
    PatternType,
    (typeof recognisers)[PatternType],
  ][]) {
    if (!types.has(type) || (!hasDigit && !NEEDS_NO_DIGIT.has(type))) continue;
    if (type === 'EMAIL' && !MAY_BE_EMAIL.test(text)) continue;
    yield* recognise(input);
  }
}

function byTagger(text: GuardedText, types: ReadonlySet<PiiType>): Candidate[] {
  if (!types.has('PERSON') && !types.has('ADDRESS')) return [];
  return tagEntities(text).filter(({ type, score }) => score >= TAGGED_THRESHOLD && types.has(type));
}

/** Findings and others of the same text, in order; those that overlap become one, of the type of the longest. */
export function covering(found: readonly Candidate[], others: readonly Candidate[]): readonly Candidate[] {
  if (others.length === 0) return found;
  const length = ({ start, end }: Candidate) => end - start;
  const all: Candidate[] = [];
  let longest = 0;
  for (const one of [...found, ...others].sort((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    if (!last || one.start >= last.end) all.push(one);
    else {
      const { type, score } = length(one) > longest ? one : last;
      all[all.length - 1] = { type, score, start: last.start, end: Math.max(last.end, one.end) };
    }
    longest = last && one.start < last.end ? Math.max(longest, length(one)) : length(one);
  }
  return all;
}

/** Candidates that touch one another are settled among themselves: the likeliest first, then the longer. */
function withoutOverlap(candidates: readonly Candidate[]): Candidate[] {
  const inOrder = candidates.toSorted((a, b) => a.start - b.start);
  const chosen: Candidate[] = [];
  for (let from = 0; from < inOrder.length;) {
    let { end } = inOrder[from]!;
    let to = from + 1;
    for (; to < inOrder.length && inOrder[to]!.start < end; to++) end = Math.max(end, inOrder[to]!.end);
    chosen.push(...(to === from + 1 ? [inOrder[from]!] : settle(inOrder.slice(from, to))));
    from = to;
  }
  return chosen;
}

function settle(cluster: Candidate[]): Candidate[] {
  const length = ({ start, end }: Candidate) => end - start;
  const chosen: Candidate[] = [];
  const starts: number[] = [];
  for (const one of cluster.sort((a, b) => b.score - a.score || length(b) - length(a) || a.start - b.start)) {
    const place = firstBehind(starts, one.start);
    const before = chosen[place - 1];
    const behind = chosen[place];
    if ((before && before.end > one.start) || (behind && behind.start < one.end)) continue;
    chosen.splice(place, 0, one);
    starts.splice(place, 0, one.start);
  }
  return chosen;
}

/** The index of the first number behind `start`, in a list in order. */
export function firstBehind(sorted: readonly number[], start: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= start) low = middle + 1;
    else high = middle;
  }
  return low;
}
