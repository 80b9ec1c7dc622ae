// Trains models/guardrails/content.*: `node training/guardrails/content/train.ts ../shared/data`. Deterministic; a few minutes.
import { CONTENT_LABELS } from '../../../src/guardrails/content/content-labels.ts';
import { averagePrecision } from '../../../bench/eval/guardrails/average-precision.ts';
import { trainClassifier } from '../classifier/train-classifier.ts';
import { writeClassifierModel } from '../classifier/write-classifier-model.ts';
import { contentExamples } from './content-examples.ts';

const OPTIONS = {
  epochs: 6,
  hidden: 16,
  members: 2,
  rate: 0.015,
  dropout: 0.5,
  decay: 1e-3,
  sparseDropout: 0.3,
  folds: 3,
};

const CRIME = CONTENT_LABELS.indexOf('crime');

const folder = process.argv[2] ?? '../shared/data';
const examples = contentExamples(folder);
const { model, outOfFold } = trainClassifier({ examples, labels: CONTENT_LABELS, options: OPTIONS });
writeClassifierModel('content', model);

const HARMS = CONTENT_LABELS.slice(0, 4);
const web = examples.flatMap(({ set, labels, category }, at) => {
  const isHarmful = HARMS.some((label) => labels[label] === 1);
  const isBenign = HARMS.every((label) => labels[label] === 0);
  if (set !== 'openai_moderation' || category === 'other_harm' || !(isHarmful || isBenign)) return [];
  return [{ score: Math.max(...outOfFold[at]!.slice(0, 4), outOfFold[at]![CRIME]!), right: isHarmful }];
});
process.stdout.write(
  `openai_moderation, cross-validated: AUPRC ${averagePrecision(web).toFixed(3)} (${web.length} rows)\n`,
);
