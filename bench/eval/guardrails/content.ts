import { guardText } from '../../../src/guardrails/text/guarded-text.ts';
import { ContentFilter, type ContentVerdict } from '../../../src/guardrails/content/content-filter.ts';
import { DEFAULT_THRESHOLDS } from '../../../src/guardrails/content/content-policy.ts';
import type { ContentCategory } from '../../../src/guardrails/verdict.ts';
import {
  BENIGN_SETS,
  CONTENT_SETS,
  isHeldBack,
  readBenignSet,
  readContentSet,
  type ContentRow,
} from '../../../training/guardrails/content/content-rows.ts';
import { row } from '../../table.ts';
import { averagePrecision } from './average-precision.ts';

type Judged = ContentRow & { verdict: ContentVerdict };

const CATEGORIES = ['violence', 'hate', 'self_harm', 'sexual'] as const;
const MOST_SHOWN = 40;

/** The content filter on the sets of `FOLDER`, at the default policy: Markdown tables, and with `errors` the wrong rows. */
export function evaluateContent(folder: string, { errors }: { errors: boolean }): string[] {
  const filter = new ContentFilter();
  const judge = (rows: ContentRow[]): Judged[] =>
    rows.map((one) => ({ ...one, verdict: filter.judge(guardText(one.text)) }));
  const [moderation, hatecheck, xstest, simple, harmbench, davidson] = CONTENT_SETS.map((set) =>
    judge(readContentSet(folder, set)),
  );
  const ordinary = (Object.keys(BENIGN_SETS) as (keyof typeof BENIGN_SETS)[]).map((set) => ({
    set,
    rows: judge(readBenignSet(folder, set)),
  }));
  const lines = [
    '### Content',
    '',
    ...table(
      'measure (target)',
      ['held back', 'all development rows'],
      [
        ['openai_moderation AUPRC, any category (0.80)', moderation!, anyCategory],
        ...CATEGORIES.map((category): Line => [
          `openai_moderation AUPRC, ${category}`,
          moderation!,
          (rows) => ofCategory(rows, category),
        ]),
        ['openai_moderation harmful blocked', moderation!.filter(isInCategories), blockedShare],
        ['openai_moderation benign blocked', moderation!.filter(isBenign), blockedShare],
        ['hatecheck accuracy (0.75)', hatecheck!, hateAccuracy],
        ['xstest benign blocked (at most 8%)', xstest!.filter(isBenign), blockedShare],
        ['xstest harmful blocked', xstest!.filter((one) => !isBenign(one)), blockedShare],
        ['simplesafetytests blocked (80%)', simple!, blockedShare],
        ['harmbench_standard blocked', harmbench!, blockedShare],
        ['davidson_tweets hate AUPRC', davidson!, (rows) => ofCategory(rows, 'hate')],
        ['davidson_tweets hate found', davidson!.filter(({ category }) => category === 'hate'), blockedShare],
        ['davidson_tweets neither, blocked', davidson!.filter(isBenign), blockedShare],
        ['davidson_tweets profanity AUPRC', davidson!, (rows) => ofCategory(rows, 'profanity')],
        ...ordinary.map(({ set, rows }): Line => [`${set} blocked (0.5%)`, rows, blockedShare]),
      ],
    ),
    '',
    ...table('hatecheck functional test', ['held back', 'all development rows'], functionalities(hatecheck!)),
  ];
  if (!errors) return lines;
  const all = [moderation!, hatecheck!, xstest!, simple!, ...ordinary.map(({ rows }) => rows)];
  return [...lines, ...all.flatMap(wrongRows)];
}

type Line = [name: string, rows: Judged[], measure: (rows: Judged[]) => string];

function table(name: string, columns: string[], lines: Line[]): string[] {
  return [
    row(name, columns),
    row(
      '---',
      columns.map(() => '---'),
    ),
    ...lines.map(([title, rows, measure]) =>
      row(
        title,
        [rows.filter(isHeldBack), rows].map((some) =>
          some.length === 0 ? '-' : `${measure(some)} (${some.length})`,
        ),
      ),
    ),
  ];
}

function functionalities(rows: Judged[]): Line[] {
  const names = [...new Set(rows.map(({ functionality }) => functionality!))];
  return names.map((name) => [
    name,
    rows.filter(({ functionality }) => functionality === name),
    hateAccuracy,
  ]);
}

function anyCategory(rows: Judged[]): string {
  const scored = rows
    .filter((one) => isBenign(one) || isInCategories(one))
    .map((one) => ({
      score: Math.max(...CATEGORIES.map((category) => one.verdict.scores[category])),
      right: !isBenign(one),
    }));
  return averagePrecision(scored).toFixed(3);
}

function ofCategory(rows: Judged[], category: ContentCategory): string {
  const labelled = rows.filter(({ labels }) => typeof labels[category] === 'number');
  return averagePrecision(
    labelled.map(({ labels, verdict }) => ({
      score: verdict.scores[category],
      right: labels[category] === 1,
    })),
  ).toFixed(3);
}

function blockedShare(rows: Judged[]): string {
  return percent(rows.filter(({ verdict }) => verdict.blocked).length / rows.length);
}

function hateAccuracy(rows: Judged[]): string {
  return (rows.filter(isHateRight).length / rows.length).toFixed(3);
}

function isHateRight({ labels, verdict }: Judged): boolean {
  return (labels.hate === 1) === verdict.scores.hate >= DEFAULT_THRESHOLDS.hate;
}

function isBenign({ category }: ContentRow): boolean {
  return category === 'benign';
}

function isInCategories({ category }: ContentRow): boolean {
  return (CATEGORIES as readonly string[]).includes(category);
}

function wrongRows(rows: Judged[]): string[] {
  const wrong = rows.filter((one) =>
    one.functionality === undefined ? isBenign(one) === one.verdict.blocked : !isHateRight(one),
  );
  const told = wrong.slice(0, MOST_SHOWN).map(({ id, category, verdict: { scores } }) => {
    const said = Object.entries(scores).map(([name, score]) => `${name} ${score.toFixed(2)}`);
    return `- ${id}: ${category}; ${said.join(', ')}`;
  });
  return wrong.length === 0 ? [] : ['', `${rows[0]!.set}: ${wrong.length} wrong`, '', ...told];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
