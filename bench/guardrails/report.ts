import { row } from '../table.ts';
import type { GateMeasure } from './gate-streams.ts';
import type { Cost } from './question-cost.ts';

export const TARGET_P50_MS = 0.5;
export const TARGET_P99_MS = 2;

export type Measured = {
  machine: string;
  questions: number;
  costs: Cost[];
  /** With personal data and phrases checked, then with the content's sentences too. */
  gates: { title: string; measures: GateMeasure[] }[];
};

/** The report, in Markdown. */
export function report({ machine, questions, costs, gates }: Measured): string {
  return [
    '# What the guardrails cost',
    '',
    `\`npm run bench:guardrails\`, on ${new Date().toISOString().slice(0, 10)}.`,
    '',
    `- ${machine}`,
    '',
    '## A question of 200 characters',
    '',
    `${questions.toLocaleString('en')} different ones, each once. The aim for all together: p50 under ${TARGET_P50_MS} ms, p99 under ${TARGET_P99_MS} ms.`,
    '',
    '| | p50 ms | p99 ms |',
    '| --- | ---: | ---: |',
    ...costs.map(({ name, p50Ms, p99Ms }) => row(name, [p50Ms.toFixed(3), p99Ms.toFixed(3)])),
    '',
    '## An answer that streams',
    '',
    'In pieces of four characters, about a token each. Held: characters that have come and not gone out, after each piece.',
    'First: characters that have to come before the first goes out. Leaks: values that the scan of the whole text finds and of',
    'which a word went out. Otherwise: texts that were not redacted exactly as the whole text is.',
    ...gates.flatMap(({ title, measures }) => [
      '',
      `### ${title}`,
      '',
      '| | texts | held mean | p95 | max | first p50 | p95 | µs a piece | p99 | values | leaks | otherwise |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      ...measures.map(gateRow),
    ]),
    '',
  ].join('\n');
}

function gateRow({ name, texts, held, first, pieceUs, values, leaks, differing }: GateMeasure): string {
  return row(name, [
    ...[texts, held.mean, held.p95, held.max, first.p50, first.p95, pieceUs.mean, pieceUs.p99].map((value) =>
      value.toFixed(0),
    ),
    ...[values, leaks.length, differing].map(String),
  ]);
}
