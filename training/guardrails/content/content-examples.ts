import {
  isHeldBack,
  CONTENT_SETS,
  BENIGN_SETS,
  readBenignSet,
  readContentSet,
  type ContentRow,
} from './content-rows.ts';
import { expandTemplates } from './expand-templates.ts';
import { listMarks } from '../../../src/guardrails/content/list-marks.ts';
import { CONTENT_LABELS } from '../../../src/guardrails/content/content-labels.ts';
import { guardText } from '../../../src/guardrails/text/guarded-text.ts';
import { keywordsOf } from '../classifier/keywords-of.ts';
import type { Example } from '../classifier/train-classifier.ts';

export type ContentExample = Example & { set: string; id: string; category?: string };

/** How many texts of a benign set are learned from: there are so many that they would drown the rest. */
const MOST_BENIGN: Partial<Record<string, number>> = {
  clinc150: 2000,
  banking77: 1000,
  squad2_questions: 1500,
};
/** All fillings of a template together, and each at the most. */
const TEMPLATE_WEIGHT = 5;
const FILLING_WEIGHT = 1.5;
/** Real texts of the web, which are few. */
const WEB_WEIGHT = 3;
const KEYWORDS_WEIGHT = 0.7;
const LONG_CHARS = 300;
const SENTENCE_CHARS = 30;
const MOST_SENTENCES = 8;
/** Of HateCheck, which has more than twice as many hateful sentences about a group as harmless ones. */
const HATEFUL_WEIGHT = 0.5;
const HARMLESS_WEIGHT = 1.5;
const FILLINGS = 12;

/** What the content model learns from: the rows that are not held back, and the sentences we wrote. */
export function contentExamples(folder: string): ContentExample[] {
  const benign = (Object.keys(BENIGN_SETS) as (keyof typeof BENIGN_SETS)[]).flatMap((set) =>
    readBenignSet(folder, set)
      .filter((row) => !isHeldBack(row))
      .slice(0, MOST_BENIGN[set]),
  );
  const rows = CONTENT_SETS.flatMap((set) => readContentSet(folder, set)).filter((row) => !isHeldBack(row));
  const sentences = [...rows, ...benign].flatMap(sentencesOf);
  const keywords = benign.map((row) => ({
    ...row,
    text: keywordsOf(row),
    set: 'keywords',
    id: `${row.set}/${row.id}`,
  }));
  const authored = ['harmful.txt', 'benign.txt', 'groups.txt', 'web.txt', 'profanity.txt'].flatMap((file) =>
    expandTemplates(file, FILLINGS),
  );
  const fillings = new Map<string, number>();
  for (const { template } of authored) fillings.set(template, (fillings.get(template) ?? 0) + 1);
  return [
    ...[...rows, ...benign, ...sentences, ...keywords].map((row) => ({
      ...row,
      weight: weightOf(row),
      labels: labelsOf(row),
      marks: listMarks(guardText(row.text)),
    })),
    ...authored.map(({ text, template, labels }) => ({
      text,
      set: 'authored',
      id: template,
      group: template,
      isAuthored: true,
      weight: Math.min(FILLING_WEIGHT, TEMPLATE_WEIGHT / fillings.get(template)!),
      marks: listMarks(guardText(text)),
      labels: authoredLabels(labels),
    })),
  ];
}

/** Of a long benign text: each is as harmless, and is judged by itself too. */
function sentencesOf(row: ContentRow): ContentRow[] {
  if (row.category !== 'benign' || row.text.length < LONG_CHARS) return [];
  return row.text
    .split(/(?<=[.!?])\s/)
    .filter(({ length }) => length >= SENTENCE_CHARS)
    .slice(0, MOST_SENTENCES)
    .map((text, at) => ({ ...row, text, set: 'sentences', id: `${row.set}/${row.id}/${at}` }));
}

function weightOf({ set, labels }: ContentRow): number {
  if (set === 'openai_moderation') return WEB_WEIGHT;
  if (set === 'keywords') return KEYWORDS_WEIGHT;
  if (set === 'hatecheck') return labels.hate === 1 ? HATEFUL_WEIGHT : HARMLESS_WEIGHT;
  return 1;
}

/** What they say of swearing is not meant, but where they are about it. */
function authoredLabels(holding: readonly string[]): Example['labels'] {
  const labels: Example['labels'] = {};
  for (const label of CONTENT_LABELS) {
    if (holding.includes(label)) labels[label] = 1;
    else if (label !== 'profanity') labels[label] = 0;
  }
  return labels;
}

const NEITHER = { violence: 0, hate: 0, self_harm: 0, sexual: 0, crime: 0, help: 0 } as const;

/** The source's labels, and what they imply for those that it does not give. */
function labelsOf({ set, category, labels, functionality }: ContentRow): Example['labels'] {
  // Its tests of abuse of single persons and of trades are no hate, and say nothing of violence.
  if (functionality?.startsWith('target_')) return { ...labels, self_harm: 0, crime: 0, help: 0 };
  if (set === 'davidson_tweets')
    return { ...(category === 'benign' ? NEITHER : { crime: 0, help: 0 }), ...known(labels) };
  if (category === 'benign') return NEITHER;
  if (set === 'openai_moderation') return { ...labels, crime: 0 };
  if (set === 'hatecheck') return { ...labels, self_harm: 0, sexual: 0, crime: 0, help: 0 };
  if (category === 'other_harm')
    return set === 'xstest' ? {} : { crime: 1, self_harm: 0, sexual: 0, help: 0 };
  return labels;
}

function known(labels: ContentRow['labels']): ContentRow['labels'] {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== null));
}
