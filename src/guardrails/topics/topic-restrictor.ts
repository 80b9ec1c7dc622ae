import { guardText, type GuardedText } from '../text/guarded-text.ts';
import type { TopicVerdict } from '../verdict.ts';
import { courtesyTopic, describeTopic, phrasesOf, type Topic } from './describe-topic.ts';
import { shippedBank } from './topic-bank.ts';
import { nearness, topicProbability, topicSet, weighTopics, type TopicSet } from './weigh-topics.ts';

export type TopicRestrictorOptions = {
  /** Plain descriptions ("billing", "cooking, recipes and diet"): a text about none of them is refused. */
  allowedTopics?: readonly string[];
  /** A text about one of them is refused. */
  blockedTopics?: readonly string[];
  /** Texts about a topic, under its description. */
  examples?: Readonly<Record<string, readonly string[]>>;
  rejectionMessage?: string;
  /** The least probability that counts as being on an allowed topic, 0..1. */
  threshold?: number;
  /** The same for a blocked one. */
  blockThreshold?: number;
};

export type TopicCheck = TopicVerdict & { rejectionMessage: string | null };

export const DEFAULT_REJECTION = 'I can only answer questions about the topics that I was set up for.';

export const THRESHOLD = 0.5;
/** Scores suppose even odds, and a blocked topic is rarer than that. */
export const BLOCK_THRESHOLD = 0.8;
const ANY_TOPIC: TopicVerdict = { allowed: true, score: 1, topic: null };
const NO_TOPIC: TopicVerdict = { allowed: true, score: 0, topic: null };
const WORD = /[\p{L}\p{N}]/u;
/** Descriptions that are remembered: far more than a server is set up with, and no more, whatever requests name. */
const MOST_KNOWN_TOPICS = 256;

/**
 * Keeps a conversation on some topics, or away from some. A verdict's `score` is the probability that the text is on one of
 * the allowed topics, or merely keeps the conversation going (a greeting, thanks, "yes", "tell me more": these are never
 * refused for being off the topic); where a blocked topic is met, and where only blocked ones are given, that it is on a
 * blocked one. `topic` is the one that it is on, and null below the threshold.
 */
export class TopicRestrictor {
  readonly #allowed: TopicSet | undefined;
  readonly #blocked: TopicSet | undefined;
  readonly #rejectionMessage: string;
  readonly #thresholds: { allow: number; block: number };

  constructor({
    allowedTopics = [],
    blockedTopics = [],
    examples = {},
    rejectionMessage = DEFAULT_REJECTION,
    threshold = THRESHOLD,
    blockThreshold = BLOCK_THRESHOLD,
  }: TopicRestrictorOptions) {
    const described = (names: readonly string[]) =>
      names.map((name) => knownTopic(name, Object.hasOwn(examples, name) ? examples[name] : undefined));
    if (allowedTopics.length > 0)
      this.#allowed = topicSet([...described(allowedTopics), courtesyTopic(shippedBank())]);
    if (blockedTopics.length > 0) this.#blocked = topicSet(described(blockedTopics));
    this.#rejectionMessage = rejectionMessage;
    this.#thresholds = { allow: threshold, block: blockThreshold };
  }

  /** `judge`, with what to say to whoever asked: null where the text is allowed. */
  async check(text: string | GuardedText): Promise<TopicCheck> {
    const verdict = this.judge(typeof text === 'string' ? guardText(text) : text);
    return { ...verdict, rejectionMessage: verdict.allowed ? null : this.#rejectionMessage };
  }

  judge(text: GuardedText): TopicVerdict {
    if (!this.#allowed && !this.#blocked) return ANY_TOPIC;
    if (!WORD.test(text.text)) return this.#allowed ? ANY_TOPIC : NO_TOPIC;
    const near = nearness(text.embedding, shippedBank());
    const blocked = this.#blocked && place(text, near, this.#blocked, this.#thresholds.block);
    if (blocked?.isOn) return { allowed: false, score: blocked.score, topic: blocked.topic };
    const allowed = this.#allowed && place(text, near, this.#allowed, this.#thresholds.allow);
    if (allowed) return { allowed: allowed.isOn, score: allowed.score, topic: allowed.topic };
    return { allowed: true, score: blocked!.score, topic: null };
  }
}

function place(text: GuardedText, near: Float64Array, set: TopicSet, threshold: number) {
  const found = weighTopics(text.embedding, near, set);
  const score = topicProbability(found, shippedBank());
  const isOn = score >= threshold;
  return { isOn, score, topic: (isOn && found.nearest.name) || null };
}

const known = new Map<string, Topic>();

/** Describing a topic costs more than judging a text by it, and settings are the same in every request. */
function knownTopic(name: string, examples?: readonly string[]): Topic {
  const key = keyOf(name, examples);
  const found = known.get(key);
  const topic = found ?? describeTopic({ name, examples: examples ?? [] }, shippedBank());
  if (found) known.delete(key);
  else if (known.size >= MOST_KNOWN_TOPICS) known.delete(known.keys().next().value!);
  // The last to be forgotten: what requests name once must not push out the settings' topics.
  known.set(key, topic);
  return topic;
}

/** How much there is to describe before a text can be judged by these topics: the phrases of those that are not known yet. */
export function phrasesToDescribe(names: readonly string[]): number {
  return names.reduce((sum, name) => (known.has(keyOf(name)) ? sum : sum + phrasesOf(name).length), 0);
}

function keyOf(name: string, examples: readonly string[] = []): string {
  return JSON.stringify([name, ...examples]);
}
