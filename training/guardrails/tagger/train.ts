// Fits models/guardrails/tagger.safetensors: `node training/guardrails/tagger/train.ts ../shared/data`, deterministic,
// under a minute. With `--folds` it writes nothing, and measures each row by a tagger that was fitted without its fifth.
import { fitPlatt } from '../classifier/fit-platt.ts';
import { fitTagger } from './fit-tagger.ts';
import { judge, table, type JudgedText } from './measure.ts';
import { FOLDS, readRows, type LabelledRow } from './read-rows.ts';
import { openTensors, writeTagger, type TaggerTensors } from './write-tagger.ts';

const folder = process.argv[2] ?? '../shared/data';
const print = (line: string) => process.stdout.write(`${line}\n`);

if (process.argv.includes('--folds')) {
  const judged = Array.from({ length: FOLDS }, (_, fold) => {
    const rows = readRows(folder, fold);
    return judgeRows(rows.filter(({ isHeldBack }) => isHeldBack), fitTagger(rows)); // prettier-ignore
  }).flat();
  table(`each fifth held back in turn`, judged, calibrate(judged)).forEach(print);
} else {
  const rows = readRows(folder);
  const tensors = fitTagger(rows, print);
  const judged = judgeRows(rows, tensors);
  const heldBack = judged.filter(({ row }) => row.isHeldBack);
  const calibration = calibrate(heldBack);
  writeTagger(tensors, calibration);
  table('held back', heldBack, calibration).forEach(print);
  table('all', judged, calibration).forEach(print);
}

function judgeRows(rows: LabelledRow[], tensors: TaggerTensors): JudgedText[] {
  const model = openTensors(tensors, { slope: 1, intercept: 0 });
  return rows.map((row) => ({ row, findings: judge(row, model) }));
}

function calibrate(judged: JudgedText[]) {
  const findings = judged.flatMap((one) => one.findings);
  const [slope, intercept] = fitPlatt(
    findings.map(({ score, right }) => ({ logit: Math.log(score / (1 - score)), right: right ? 1 : 0, weight: 1 })),
  ); // prettier-ignore
  return { slope, intercept };
}
