import { logistic } from '../../../src/evidence/weigh-evidence.ts';
import { tagEntities, type TaggedEntity } from '../../../src/guardrails/pii/tagger/tag-entities.ts';
import type { TaggerModel } from '../../../src/guardrails/pii/tagger/tagger-model.ts';
import { guardText } from '../../../src/guardrails/text/guarded-text.ts';
import type { LabelledRow } from './read-rows.ts';

type Type = TaggedEntity['type'];
type Finding = TaggedEntity & { right: boolean };
export type JudgedText = { row: LabelledRow; findings: Finding[] };

const THRESHOLDS = [0.2, 0.3, 0.5, 0.7];

/** What the tagger finds in a labelled text, right where it overlaps a span of its type. */
export function judge({ text, spans }: LabelledRow, model: TaggerModel): Finding[] {
  return tagEntities(guardText(text), model).map((found) => ({
    ...found,
    right: spans.some(({ type, start, end }) => type === found.type && start < found.end && end > found.start),
  }));
} // prettier-ignore

/** Precision, recall and F1 of a type, by partial overlap, of findings with at least this score. */
function measure(texts: JudgedText[], type: Type, threshold: number) {
  let [found, right, known, recalled] = [0, 0, 0, 0];
  for (const { row, findings } of texts) {
    const some = findings.filter((one) => one.type === type && one.score >= threshold);
    found += some.length;
    right += some.filter((one) => one.right).length;
    const spans = row.spans.filter((span) => span.type === type);
    known += spans.length;
    recalled += spans.filter(({ start, end }) => some.some((one) => one.start < end && one.end > start)).length; // prettier-ignore
  }
  const [precision, recall] = [right / Math.max(found, 1), recalled / Math.max(known, 1)];
  return {
    found,
    known,
    precision,
    recall,
    f1: (2 * precision * recall) / Math.max(precision + recall, 1e-9),
  };
}

/** Lines of a Markdown table: every set, type and threshold, with scores calibrated. */
export function table(
  title: string,
  texts: JudgedText[],
  { slope, intercept }: TaggerModel['calibration'],
): string[] {
  const lines = [`${title}: score = logistic(${slope.toFixed(3)} x + ${intercept.toFixed(3)})`, '| set | type | from score | spans | found | P | R | F1 |', '| --- | --- | --- | --- | --- | --- | --- | --- |']; // prettier-ignore
  const calibrated = texts.map(({ row, findings }) => ({
    row,
    findings: findings.map((one) => ({ ...one, score: logistic(slope * Math.log(one.score / (1 - one.score)) + intercept) })),
  })); // prettier-ignore
  for (const set of new Set(texts.map(({ row }) => row.set)))
    for (const type of ['PERSON', 'ADDRESS'] as const)
      for (const threshold of THRESHOLDS) {
        const { found, known, precision, recall, f1 } = measure(calibrated.filter(({ row }) => row.set === set), type, threshold); // prettier-ignore
        if (found + known > 0)
          lines.push(`| ${[set, type, threshold, known, found, ...[precision, recall, f1].map((value) => value.toFixed(3))].join(' | ')} |`); // prettier-ignore
      }
  return lines;
}
