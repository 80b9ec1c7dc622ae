import { keywordsOf } from '../classifier/keywords-of.ts';
import type { Example } from '../classifier/train-classifier.ts';
import { isHeldBack, readRows, type Row } from './rows.ts';

type Labels = Example['labels'];

const BENIGN: Labels = { direct: 0, indirect: 0 };
const MOST_ROWS = 900;
/** Everyday texts, harmless as questions and as documents. Hateful or violent ones are for another guardrail. */
const EVERYDAY = [
  'topics/clinc150',
  'topics/banking77',
  'pii/negatives',
  'pii/presidio_synth_v2',
  'pii/wnut17_person',
  'content/xstest',
  'content/simplesafetytests',
  'content/harmbench_standard',
  'content/davidson_tweets',
];
const PERMISSIVE = /^(?:MIT|Apache-2\.0|BSD-3-Clause|PostgreSQL|CC-BY-[34]\.0)$/;

/** The rows of the development data that may be trained on, less those held back. */
export function dataExamples(folder: string): Example[] {
  const rowsOf = (set: string) =>
    readRows(folder, set).filter(
      (row) => !isHeldBack(row) && (row.licence === undefined || PERMISSIVE.test(row.licence)),
    );
  const attacks = [
    'deepset_prompt_injections',
    'jailbreaks_in_the_wild',
    'garak_probes',
    'piguard_pint_style',
    'notinject',
    'docs_with_trigger_words',
  ];
  return [
    ...attacks.flatMap((set) => rowsOf(`injection/${set}`).map((row) => example(row, labelsOf(set, row), 2))),
    ...rowsOf('injection/bipia_indirect').flatMap((row) =>
      row.task === 'table' ? [] : [example(row, bipiaLabels(row), 1)],
    ),
    ...EVERYDAY.flatMap((set) => spread(rowsOf(set)).map((row) => example(row, BENIGN, 0.5))),
    ...['topics/clinc150', 'topics/banking77', 'pii/negatives', 'pii/presidio_synth_v2'].flatMap((set) =>
      spread(rowsOf(set)).map((row) => example({ ...row, text: keywordsOf(row) }, BENIGN, 0.5)),
    ),
  ];
}

function example({ id, text }: Row, labels: Labels, weight: number): Example {
  return { text, labels, weight, group: id };
}

function labelsOf(set: string, { label }: Row): Labels {
  if (label === 'benign') return BENIGN;
  // What counts as a question's injection there is often no more than a rude request.
  return { direct: 1, indirect: set.startsWith('deepset') ? null : 1 };
}

/** An ordinary request that stands in a document cannot be told from the document; one about the answer can. */
function bipiaLabels({ label, attack_category: category }: Row): Labels {
  if (label === 'benign') return BENIGN;
  const isOrdinary = /Retrieval|Creation|Tutoring|Translation|Programming/.test(category ?? '');
  return { direct: null, indirect: isOrdinary ? null : 1 };
}

function spread(rows: Row[]): Row[] {
  const step = Math.max(1, Math.floor(rows.length / MOST_ROWS));
  return rows.filter((_, at) => at % step === 0).slice(0, MOST_ROWS);
}
