import { logistic } from '../../evidence/weigh-evidence.ts';
import type { Topic } from './describe-topic.ts';
import { dot, type TopicBank } from './topic-bank.ts';

/** Topics that are asked for together. */
export type TopicSet = {
  topics: readonly Topic[];
  affinities: Float64Array;
  /** How much each subject speaks against the topics, 0..1. */
  against: Float64Array;
  /** The logarithm of how many points and subjects stand for the topics against how many for all else. */
  prior: number;
};

export type TopicEvidence = {
  /** The logarithm of how much of what a text is like belongs to the topics against how much does not. */
  evidence: number;
  prior: number;
  /** Which of the topics the text is most like. */
  nearest: Topic;
};

/** How much more the near subjects count than the far ones. */
const SHARPNESS = 25;
/** A likeness that any text has to something else: what is like nothing in the bank is on no topic. */
const UNFAMILIAR = 0.4;

export function topicSet(topics: readonly Topic[]): TopicSet {
  const affinities = most(topics.map((topic) => topic.affinities));
  const kinships = most(topics.map((topic) => topic.kinships));
  const against = affinities.map((affinity, place) => (1 - affinity) * (1 - kinships[place]!));
  const points = topics.reduce((count, topic) => count + topic.points.length, 0);
  const inside = total(affinities);
  return {
    topics,
    affinities,
    against,
    prior: Math.log((inside + points) / (total(against) + 1)),
  };
}

/** How near a text is to each subject of the bank. */
export function nearness(embedding: Float32Array, { subjects }: TopicBank): Float64Array {
  return Float64Array.from(subjects, ({ centre }) => Math.exp(SHARPNESS * dot(embedding, centre)));
}

/**
 * Weighs the topics, in the bank's subjects and in their own words, against all other subjects: a likelihood ratio, since
 * how like a topic a text is says little before it is known how like all else it is.
 */
export function weighTopics(
  embedding: Float32Array,
  near: Float64Array,
  { topics, affinities, against, prior }: TopicSet,
): TopicEvidence {
  let inside = share(near, affinities);
  const outside = Math.exp(SHARPNESS * UNFAMILIAR) + share(near, against);
  let nearest = topics[0]!;
  let best = -1;
  for (const topic of topics) {
    let own = 0;
    for (const { vector, bonus } of topic.points)
      own += Math.exp(SHARPNESS * (dot(embedding, vector) + bonus));
    inside += own;
    const all = own + share(near, topic.affinities);
    if (all > best) [nearest, best] = [topic, all];
  }
  return { evidence: Math.log(inside / outside), prior, nearest };
}

/** The probability that a text is on one of the topics; even odds are taken for granted before the text is read. */
export function topicProbability(
  { evidence, prior }: TopicEvidence,
  { weights }: Pick<TopicBank, 'weights'>,
): number {
  return logistic(weights.bias + weights.evidence * evidence + weights.prior * prior);
}

function share(near: Float64Array, affinities: Float64Array): number {
  let sum = 0;
  for (let place = 0; place < near.length; place++) sum += near[place]! * affinities[place]!;
  return sum;
}

function most(columns: readonly Float64Array[]): Float64Array {
  return columns[0]!.map((_, place) => Math.max(...columns.map((column) => column[place]!)));
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
