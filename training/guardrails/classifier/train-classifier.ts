// The trainer of the guardrails' text classifiers (`src/guardrails/classifier`). A caller gives examples and labels:
//
//   const { model, outOfFold } = trainClassifier({ examples, labels: ['injection'], options: { epochs: 8 } });
//   writeClassifierModel('injection', model);
//
// Rows of one `group` (a template's fillings, say) never stand on both sides of a fold. A label of null is not learned from.
// `outOfFold[i]` has the calibrated probabilities of examples[i] by a model that did not see its group: the cross-validated figures.
// Marks (what a caller's lists find in a text) must be given as the product will give them. Deterministic.
import { createHash } from 'node:crypto';
import type { ClassifierModel } from '../../../src/guardrails/classifier/classifier-model.ts';
import type { Mark } from '../../../src/guardrails/classifier/text-windows.ts';
import { logistic } from '../../../src/evidence/weigh-evidence.ts';
import { fitNetwork, logitsOf, type FitOptions } from './fit-network.ts';
import { packNetwork, type Network } from './network.ts';
import { fitPlatt } from './fit-platt.ts';
import { prepareExamples, type Prepared } from './prepare-examples.ts';

export type Example = {
  text: string;
  /** For each label whether it holds; null or left out where that is not known. */
  labels: Partial<Record<string, 0 | 1 | null>>;
  /** How much the row counts, 1 by default. */
  weight?: number;
  group?: string;
  marks?: readonly Mark[];
  /** Left out of the calibration of a label that other rows have: sentences that we wrote are not how texts are in the world. */
  isAuthored?: boolean;
};

export type TrainOptions = Partial<FitOptions> & {
  folds?: number;
  /** Features that fewer examples have are not learned: 2 by default. */
  rarest?: number;
};

export type Trained = { model: ClassifierModel; outOfFold: Float64Array[] };

const FOLDS = 4;

/** Trains, calibrates on folds, and packs. */
export function trainClassifier({
  examples,
  labels,
  options: { folds = FOLDS, rarest = 2, ...fit } = {},
}: {
  examples: readonly Example[];
  labels: readonly string[];
  options?: TrainOptions;
}): Trained {
  const prepared = prepareExamples(examples, labels, rarest);
  const outOfFold = foldLogits(prepared, labels.length, folds, fit);
  const calibration = new Float32Array(2 * labels.length);
  for (let label = 0; label < labels.length; label++) {
    const isFound = prepared.some(({ targets, isAuthored }) => !isAuthored && targets[label] === 1);
    const rows = prepared.flatMap(({ targets, weight, isAuthored }, row) => {
      const right = targets[label] ?? null;
      return right === null || (isAuthored && isFound)
        ? []
        : [{ logit: outOfFold[row]![label]!, right, weight }];
    });
    calibration.set(fitPlatt(rows), 2 * label);
  }
  const network = fitNetwork(prepared, labels.length, fit);
  return {
    model: { labels, ...packNetwork(network), calibration },
    outOfFold: outOfFold.map((logits) =>
      logits.map((logit, label) => logistic(calibration[2 * label]! * logit + calibration[2 * label + 1]!)),
    ),
  };
}

function foldLogits(
  prepared: readonly Prepared[],
  labels: number,
  folds: number,
  options: Partial<FitOptions>,
): Float64Array[] {
  const foldOf = ({ group }: Prepared) => createHash('sha256').update(`fold ${group}`).digest()[0]! % folds;
  const all: Float64Array[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const network: Network = fitNetwork(
      prepared.filter((one) => foldOf(one) !== fold),
      labels,
      options,
    );
    prepared.forEach((one, row) => {
      if (foldOf(one) === fold) all[row] = logitsOf(network, one);
    });
  }
  return all;
}
