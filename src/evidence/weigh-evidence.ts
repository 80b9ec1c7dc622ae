import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.ts';
import { giveWay } from '../event-loop/give-way.ts';
import type { Passage } from './passage.ts';
import {
  createPassageReader,
  sentenceEvidence,
  type Asked,
  type Evidence,
  type EvidenceFeatures,
} from './rank-sentences.ts';

/** What the best sentence says of the whole: its own features, its score, and its lead over the second best. */
export type AnswerFeatures = EvidenceFeatures & { score: number; margin: number };

/** Two linear models: one orders the sentences of a question, one says whether the first of them holds the answer. */
export type EvidenceModel = {
  sentence: Record<keyof EvidenceFeatures, number>;
  answer: { bias: number; weights: Record<keyof AnswerFeatures, number> };
};

export type WeighedEvidence = {
  /** Sentences, most likely answer first. */
  ranked: (Evidence & { score: number })[];
  /** The probability that the first of them holds the answer, 0..1. */
  probability: number;
};

const MODEL = JSON.parse(readFileSync(join(packageRoot, 'models', 'evidence.json'), 'utf8')) as EvidenceModel;

/**
 * Ranks the sentences of the passages as answers, and estimates whether the best is one: logistic regression, fitted to
 * development questions by `training/evidence`, so that of the answers given at 0.6 about six in ten are right there.
 */
export function weighEvidence(
  asked: Asked,
  passages: readonly Passage[],
  model: EvidenceModel = MODEL,
): WeighedEvidence {
  return weigh(sentenceEvidence(asked, passages), model);
}

/** The same, giving way to others after each passage. */
export async function weighEvidenceInTurns(
  asked: Asked,
  passages: readonly Passage[],
  tenant: string,
): Promise<WeighedEvidence> {
  await giveWay(tenant);
  const read = createPassageReader(asked);
  const found: Evidence[] = [];
  for (const passage of passages) {
    await giveWay(tenant);
    for (const one of read(passage)) found.push(one);
  }
  await giveWay(tenant);
  return weigh(found, MODEL);
}

function weigh(found: readonly Evidence[], model: EvidenceModel): WeighedEvidence {
  const ranked = found
    .map((evidence) => ({ ...evidence, score: weighted(model.sentence, evidence.features) }))
    .sort((a, b) => b.score - a.score);
  const features = answerFeatures(ranked);
  return {
    ranked,
    probability: features ? logistic(model.answer.bias + weighted(model.answer.weights, features)) : 0,
  };
}

/** Undefined where there is no sentence at all. */
export function answerFeatures(
  ranked: readonly { features: EvidenceFeatures; score: number }[],
): AnswerFeatures | undefined {
  const [first, second] = ranked;
  return (
    first && { ...first.features, score: first.score, margin: first.score - (second?.score ?? first.score) }
  );
}

export function weighted<Name extends string>(
  weights: Record<Name, number>,
  features: Record<Name, number>,
): number {
  let sum = 0;
  for (const name in weights) sum += weights[name] * features[name];
  return sum;
}

export function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
