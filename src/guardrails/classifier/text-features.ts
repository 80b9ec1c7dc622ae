import { placeWord } from './word-clusters.ts';

/** How many different features a model tells apart: a power of two. */
export const BUCKETS = 2 ** 18;

/** Hashed features: `buckets[0..words)` are of words, `buckets[words..count)` of characters. Overwritten by the next call. */
export type TextFeatures = { buckets: Int32Array; words: number; count: number };

/** What is known of a word: its hash, and the hashes of its cluster and its cluster's group. */
type KnownWord = { word: number; cluster: number; group: number };

const EDGE: KnownWord = { word: 1, cluster: 2, group: 3 };
const MOST_KNOWN_WORDS = 32_768;
const SPACE = 32;

const known = new Map<string, KnownWord>();
let features: TextFeatures = { buckets: new Int32Array(1 << 14), words: 0, count: 0 };
/** Whose features these are: two classifiers look at a question one behind the other. */
let last: { words: readonly string[]; from: number; to: number } = { words: [], from: -1, to: -1 };

/**
 * The features of the words `from`..`to`: words, their clusters and groups, alone and as sequences of up to three with a gap
 * allowed, so that a phrase also stands for its paraphrases; and all runs of three to five characters, across words too.
 */
export function collectFeatures(words: readonly string[], from: number, to: number): TextFeatures {
  if (last.words === words && last.from === from && last.to === to) return features;
  last = { words, from, to };
  const window = words.slice(from, to).map((word) => known.get(word) ?? learn(word));
  const chars = words.slice(from, to).join(' ');
  const most = window.length * 16 + chars.length * 3 + 16;
  if (features.buckets.length < most) features = { ...features, buckets: new Int32Array(2 * most) };
  const { buckets } = features;
  let count = 0;
  const add = (kind: number, a: number, b = 0, c = 0) => {
    buckets[count++] = bucket(mix(mix(mix(kind, a), b), c));
  };
  for (let at = -1; at < window.length; at++) {
    const first = window[at] ?? EDGE;
    const second = window[at + 1] ?? EDGE;
    const third = window[at + 2] ?? EDGE;
    if (at >= 0) {
      add(11, first.word);
      add(12, first.cluster);
    }
    add(21, first.word, second.word);
    add(22, first.word, second.cluster);
    add(23, first.cluster, second.word);
    add(24, first.cluster, second.cluster);
    add(25, first.word, second.group);
    add(31, first.word, second.word, third.word);
    add(32, first.word, second.cluster, third.cluster);
    add(33, first.cluster, second.cluster, third.word);
    add(34, first.group, second.group, third.group);
    add(41, first.word, third.word);
    add(42, first.word, third.cluster);
    add(43, first.cluster, third.word);
    add(44, first.cluster, third.cluster);
    const fourth = window[at + 3];
    if (fourth) add(45, first.word, fourth.cluster);
  }
  features.words = count;
  for (let at = 0, before = SPACE, latest = SPACE; at <= chars.length; at++) {
    const char = at < chars.length ? chars.charCodeAt(at) : SPACE;
    const three = mix(mix(mix(53, before), latest), char);
    buckets[count++] = bucket(three);
    const fourth = at + 1 < chars.length ? chars.charCodeAt(at + 1) : SPACE;
    const four = mix(three, fourth);
    buckets[count++] = bucket(four);
    buckets[count++] = bucket(mix(four, at + 2 < chars.length ? chars.charCodeAt(at + 2) : SPACE));
    before = latest;
    latest = char;
  }
  features.count = count;
  return features;
}

/** The bucket of a feature that the caller names. */
export function namedBucket(name: string): number {
  return bucket(mix(61, hash(name)));
}

function learn(word: string): KnownWord {
  const { cluster, group } = placeWord(word);
  const learned = { word: hash(word), cluster: mix(71, cluster), group: mix(72, group) };
  if (known.size >= MOST_KNOWN_WORDS) known.clear();
  // Copied: what was cut out of a text may keep all of that text in memory.
  known.set(Buffer.from(word).toString(), learned);
  return learned;
}

function hash(text: string): number {
  let value = 7;
  for (let at = 0; at < text.length; at++) value = mix(value, text.charCodeAt(at));
  return value;
}

/** One round of MurmurHash3. */
function mix(value: number, part: number): number {
  let k = Math.imul(part + 0x9e37, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = value ^ Math.imul(k, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function bucket(value: number): number {
  const mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) & (BUCKETS - 1);
}
