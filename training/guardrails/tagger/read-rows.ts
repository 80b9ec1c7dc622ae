import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { normaliseText } from '../../../src/guardrails/text/normalise-text.ts';
import { tokenise } from '../../../src/guardrails/text/tokens.ts';
import { keywordsOf } from '../classifier/keywords-of.ts';
import type { LabelledText } from './labelled-text.ts';
import { cityNames, englishWords, givenNames } from './name-lists.ts';

type Span = { start: number; end: number; type: string };
type Row = { id: string; text: string; spans?: Span[]; other_spans?: Span[]; template_id?: number };
/** A row of a set; `isHeldBack` rows are not trained on; requests are unmarked and small already. */
export type LabelledRow = LabelledText & { id: string; set: string; isHeldBack: boolean; isRequest: boolean };

/** Sets that are trained on, and how much a row counts. */
/** A row, or a template's rows together, is held back in one of so many folds. */
export const FOLDS = 5;

const SETS = [
  { path: 'pii/presidio_synth_v2', weight: 1.5 },
  { path: 'pii/presidio_generated_large', weight: 1 },
  { path: 'pii/wnut17_person', weight: 2 },
  { path: 'pii/negatives', weight: 2 },
  { path: 'topics/clinc150', weight: 1 },
  { path: 'topics/banking77', weight: 1 },
  { path: 'injection/docs_with_trigger_words', weight: 2 },
];

const folded = (names: string[]) => new Set(names.flatMap((name) => tokenise(name).folded));
const given = folded(givenNames);
const others = folded([...englishWords, ...cityNames]);

/** The rows of all sets, normalised, with those of a fold held back. */
export function readRows(folder: string, fold = 0): LabelledRow[] {
  return SETS.flatMap(({ path, weight }) =>
    readFileSync(join(folder, `${path}.jsonl`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
      .filter((row) => row.spans !== undefined || !tokenise(row.text).folded.some(mayBeName))
      .map((row) => label(row, path.split('/')[1]!, weight, fold))
      .flatMap((row) => (row.isRequest || row.set === 'negatives' ? [row, asKeywords(row)] : [row])),
  );
}

/** A question may be a few words in small letters, and none of them is a name for that. */
function asKeywords(row: LabelledRow): LabelledRow {
  const words = keywordsOf(row).toLowerCase();
  return { ...row, text: row.text.length % 2 === 0 ? words : `${words}?`, spans: [] };
}

/** Rows that nobody marked count as free of names only where no word is on the lists of them alone. */
function mayBeName(word: string): boolean {
  return given.has(word) && !others.has(word);
}

function label(row: Row, set: string, weight: number, fold: number): LabelledRow {
  const key = row.template_id === undefined ? row.id : String(row.template_id);
  const isHeldBack = createHash('sha256').update(key).digest()[0]! % FOLDS === fold;
  const spans = (row.spans ?? []).flatMap(({ start, end, type }) =>
    type === 'PERSON' || type === 'ADDRESS' ? [{ start, end, type } as const] : [],
  );
  const labelled = normalised({ text: row.text, spans: joinAddresses(row, spans), weight });
  return { ...labelled, id: row.id, set, isHeldBack, isRequest: row.spans === undefined };
}

/** Some sets mark an address in pieces and leave out its city: it is learnt as one. */
function joinAddresses(row: Row, spans: LabelledText['spans']): LabelledText['spans'] {
  const cities = (row.other_spans ?? []).filter(({ type }) => type === 'GPE');
  const joined: LabelledText['spans'] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    let between = last ? row.text.slice(last.end, span.start) : 'x';
    for (const { start, end } of cities) between = between.replace(row.text.slice(start, end), '');
    if (last?.type === 'ADDRESS' && span.type === 'ADDRESS' && /^[\s,>]*$/.test(between)) last.end = span.end;
    else joined.push({ ...span });
  }
  return joined;
}

/** The text as the tagger reads it; a span's place moves with it. */
export function normalised(labelled: LabelledText): LabelledText {
  const { text, toOriginal } = normaliseText(labelled.text);
  if (text === labelled.text) return labelled;
  const places = new Int32Array(labelled.text.length + 1).fill(-1);
  for (let at = text.length - 1; at >= 0; at--) places[toOriginal(at, at + 1).start] = at;
  places[labelled.text.length] = text.length;
  for (let at = places.length - 2; at >= 0; at--) if (places[at] === -1) places[at] = places[at + 1]!;
  return { ...labelled, text, spans: labelled.spans.map((span) => ({ ...span, start: places[span.start]!, end: places[span.end]! })) }; // prettier-ignore
}
