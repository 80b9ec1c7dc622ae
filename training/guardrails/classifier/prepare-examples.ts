import { guardText } from '../../../src/guardrails/text/guarded-text.ts';
import { BUCKETS, collectFeatures, namedBucket } from '../../../src/guardrails/classifier/text-features.ts';
import { textWindows } from '../../../src/guardrails/classifier/text-windows.ts';
import type { Example } from './train-classifier.ts';

/** `buckets` as `TextFeatures`, without those of rare features; the counts are of all, as the product's are. */
export type PreparedWindow = {
  ofWords: Int32Array;
  ofChars: Int32Array;
  ofMarks: number[];
  words: number;
  chars: number;
  embedding: Float32Array;
};

export type Prepared = {
  windows: PreparedWindow[];
  targets: (0 | 1 | null)[];
  weight: number;
  group: string;
  isAuthored: boolean;
};

/** Turns texts into the features that the product would see. */
export function prepareExamples(
  examples: readonly Example[],
  labels: readonly string[],
  rarest: number,
): Prepared[] {
  const prepared = examples.map(
    ({ text, labels: known, weight = 1, group = text, marks = [], isAuthored = false }): Prepared => ({
      windows: Array.from(textWindows(guardText(text), marks), (window) => {
        const { buckets, words, count } = collectFeatures(window.words, window.from, window.to);
        return {
          ofWords: buckets.slice(0, words),
          ofChars: buckets.slice(words, count),
          ofMarks: window.marks.map(namedBucket),
          words,
          chars: count - words,
          embedding: window.embedding,
        };
      }),
      targets: labels.map((label) => known[label] ?? null),
      weight,
      group,
      isAuthored,
    }),
  );
  const isCommon = commonBuckets(prepared, rarest);
  for (const { windows } of prepared) {
    for (const window of windows) {
      window.ofWords = window.ofWords.filter((bucket) => isCommon[bucket]);
      window.ofChars = window.ofChars.filter((bucket) => isCommon[bucket]);
    }
  }
  return prepared;
}

/** By groups, since a template's fillings would make all of it common. */
function commonBuckets(prepared: readonly Prepared[], rarest: number): Uint8Array {
  const groups = new Map<string, Prepared[]>();
  for (const one of prepared) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  const seen = new Uint16Array(BUCKETS);
  for (const rows of groups.values()) {
    const own = new Set<number>();
    for (const { windows } of rows)
      for (const { ofWords, ofChars } of windows) {
        for (const bucket of ofWords) own.add(bucket);
        for (const bucket of ofChars) own.add(bucket);
      }
    for (const bucket of own) seen[bucket] = Math.min(65_535, seen[bucket]! + 1);
  }
  return Uint8Array.from(seen, (count) => Number(count >= rarest));
}
