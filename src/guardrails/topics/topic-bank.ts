import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/package-root.ts';
import { shippedModel } from '../../embedders/static/open-static-model.ts';
import { splitWords } from '../../embedders/static/split-words.ts';

/** A subject as `models/guardrails/topics.json` has it. */
export type StoredSubject = {
  names: string[];
  /** Where it was learned. */
  source: string;
  /** Whether it is about the conversation alone: greetings, thanks, yes and no. */
  courtesy?: true;
  /** The middle of what is said about it: the direction of 256 signed bytes, in base64. */
  centre: string;
};

export type TopicWeights = { bias: number; evidence: number; prior: number };

export type TopicModel = {
  /** Version of the static model whose vectors these are. */
  embedder: string;
  weights: TopicWeights;
  subjects: StoredSubject[];
};

/** Subjects that people talk about, against which a topic is weighed: what is said about each, and what it is called. */
export type TopicBank = {
  weights: TopicWeights;
  subjects: { names: readonly number[]; meanName: Float32Array; courtesy: boolean; centre: Float32Array }[];
  /** Every name that a subject has, once. */
  names: Float32Array[];
  /** Of every two subjects' centres: a row for each. */
  likeness: Float32Array[];
};

let shipped: TopicBank | undefined;

/** The bank that comes with Sallyport, read once in a process. */
export function shippedBank(): TopicBank {
  return (shipped ??= createTopicBank(readTopicModel()));
}

/**
 * Reads the shipped model.
 *
 * @throws Error where it was made with other vectors than those of the shipped static model
 */
export function readTopicModel(): TopicModel {
  const file = join(packageRoot, 'models', 'guardrails', 'topics.json');
  const model = JSON.parse(readFileSync(file, 'utf8')) as TopicModel;
  const { version } = shippedModel();
  if (model.embedder !== version)
    throw new Error(`${file} belongs to the static model ${model.embedder}, and this one is ${version}.`);
  return model;
}

export function createTopicBank({ weights, subjects }: Pick<TopicModel, 'weights' | 'subjects'>): TopicBank {
  const places = new Map<string, number>();
  for (const name of subjects.flatMap(({ names }) => names))
    if (!places.has(name)) places.set(name, places.size);
  const names = [...places.keys()].map(embedPhrase);
  const known = subjects.map(({ names: called, courtesy = false, centre }) => {
    const own = called.map((name) => places.get(name)!);
    return {
      names: own,
      meanName: direction(own.map((place) => names[place]!)),
      courtesy,
      centre: direction([Float32Array.from(new Int8Array(Buffer.from(centre, 'base64')))]),
    };
  });
  const likeness = known.map(({ centre }) => Float32Array.from(known, (other) => dot(centre, other.centre)));
  return { weights, names, subjects: known, likeness };
}

/** A phrase's unit vector. */
export function embedPhrase(phrase: string): Float32Array {
  return shippedModel().encode(splitWords(phrase));
}

/** The unit vector in the middle of some. */
export function direction(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]!.length);
  for (const vector of vectors) vector.forEach((value, place) => (sum[place]! += value));
  const length = Math.hypot(...sum) || 1;
  return sum.map((value) => value / length);
}

/** The product of two vectors of an even length: of unit vectors, the cosine between them. */
export function dot(a: Float32Array, b: Float32Array): number {
  // Two sums, so that an addition need not wait for the one before.
  let even = 0;
  let odd = 0;
  for (let place = 0; place < a.length; place += 2) {
    even += a[place]! * b[place]!;
    odd += a[place + 1]! * b[place + 1]!;
  }
  return even + odd;
}
