// Trains the injection classifier: node training/guardrails/injection/train.ts [../shared/data]
// Needs no network; the same data give the same model. Prints the cross-validated figures of its calibration.
import { INJECTION_LABELS } from '../../../src/guardrails/injection/injection-detector.ts';
import { findInjectionHits, injectionMarks } from '../../../src/guardrails/injection/injection-marks.ts';
import { guardText } from '../../../src/guardrails/text/guarded-text.ts';
import { trainClassifier, type Example } from '../classifier/train-classifier.ts';
import { writeClassifierModel } from '../classifier/write-classifier-model.ts';
import { authoredExamples } from './authored-examples.ts';
import { dataExamples } from './data-examples.ts';

const folder = process.argv[2] ?? '../shared/data';

const unmarked: Example[] = [...dataExamples(folder), ...authoredExamples(folder)];
const examples = unmarked.map((example) => ({
  ...example,
  marks: injectionMarks(findInjectionHits(guardText(example.text))),
}));

const { model, outOfFold } = trainClassifier({
  examples,
  labels: INJECTION_LABELS,
  options: { epochs: 6, hidden: 24, folds: 3, dropout: 0.3 },
});
writeClassifierModel('injection', model);

INJECTION_LABELS.forEach((name, label) => {
  const scored = examples.flatMap(({ labels, isAuthored }, at) =>
    isAuthored || typeof labels[name] !== 'number'
      ? []
      : [{ score: outOfFold[at]![label]!, right: labels[name] }],
  );
  const of = (right: number) => scored.filter((row) => row.right === right);
  const share = (rows: typeof scored) => rows.filter(({ score }) => score >= 0.5).length / rows.length;
  console.log(
    `${name}: ${of(1).length} found ${share(of(1)).toFixed(3)}, ${of(0).length} false ${share(of(0)).toFixed(4)}`,
  );
});
