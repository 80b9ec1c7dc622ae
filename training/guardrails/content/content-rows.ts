import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A row of the data's `content` sets, or a text of another set, which is benign by its nature. */
export type ContentRow = {
  id: string;
  set: string;
  text: string;
  category: string;
  labels: Partial<Record<string, 0 | 1 | null>>;
  /** Rows that are alike, and so stand on one side of every split. */
  group: string;
  /** Of HateCheck: the functional test. */
  functionality?: string;
  sourceLabel?: unknown;
};

type RawRow = Omit<ContentRow, 'set' | 'group' | 'sourceLabel'> & { source_label?: unknown };

export const CONTENT_SETS = [
  'openai_moderation',
  'hatecheck',
  'xstest',
  'simplesafetytests',
  'harmbench_standard',
  'davidson_tweets',
] as const;

/** Sets of ordinary requests and texts. */
export const BENIGN_SETS = {
  notinject: 'injection/notinject',
  docs_with_trigger_words: 'injection/docs_with_trigger_words',
  negatives: 'pii/negatives',
  squad2_questions: 'retrieval/squad2.queries',
  squad2_paragraphs: 'retrieval/squad2.corpus',
  clinc150: 'topics/clinc150',
  banking77: 'topics/banking77',
} as const;

/** Whether a group is kept from training, to measure on: a fifth of all. */
export function isHeldBack({ group }: Pick<ContentRow, 'group'>): boolean {
  return createHash('sha256').update(group).digest()[0]! % 5 === 0;
}

/** The rows of one of the content sets. */
export function readContentSet(folder: string, set: string): ContentRow[] {
  const rows = readLines<RawRow>(folder, `content/${set}`);
  return rows.map(({ source_label, ...row }) => ({
    ...row,
    set,
    sourceLabel: source_label,
    group: row.functionality === undefined ? row.text : templateOf(row.functionality, row.text),
  }));
}

/** The texts of one of the benign sets. */
export function readBenignSet(folder: string, set: keyof typeof BENIGN_SETS): ContentRow[] {
  return readLines<{ id: string; text: string }>(folder, BENIGN_SETS[set]).map(({ id, text }) => ({
    id: id,
    set,
    text,
    category: 'benign',
    labels: { violence: 0, hate: 0, self_harm: 0, sexual: 0 },
    group: text,
  }));
}

function readLines<Row>(folder: string, name: string): Row[] {
  const lines = readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Row);
}

const TARGETS =
  'women woman female females trans transgender people person folk gay gays homosexual homosexuals lesbian lesbians black blacks african africans muslim muslims islam islamic immigrant immigrants foreigner foreigners migrant migrants disabled disability wheelchair handicapped jew jews jewish fag faggot faggots fags dyke tranny trannies nigger niggers nigga negro bitch bitches slut sluts whore cunt cunts twat retard retards retarded cripple cripples mong spastic paki pakis towelhead muzzie raghead wog kike bint thot queer queers ladyboy shemale coon guy man men'.split(
    ' ',
  );

/** A row of HateCheck without the words that name whom it is about, misspelled ones included: its template. */
function templateOf(functionality: string, text: string): string {
  const words = text
    .toLowerCase()
    .replace(/\b(?:\w )+\w\b/g, (spelled) => spelled.replaceAll(' ', ''))
    .replace(/[013457]/g, (digit) => ({ 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't' })[digit] ?? digit)
    .match(/[a-z]+/g);
  const rest = (words ?? []).filter((word) => !TARGETS.some((target) => isNear(word, target)));
  return `${functionality} ${rest.join(' ')}`;
}

/** Equal, or equal but for two neighbouring letters in another order, or one letter. */
function isNear(word: string, target: string): boolean {
  if (word === target) return true;
  if (target.length < 4 || Math.abs(word.length - target.length) > 1) return false;
  let start = 0;
  while (start < word.length && word[start] === target[start]) start += 1;
  let end = 0;
  while (end < word.length - start && word[word.length - 1 - end] === target[target.length - 1 - end])
    end += 1;
  const left = word.length - start - end;
  return (
    left <= 2 &&
    target.length - start - end <= 2 &&
    (left < 2 || (word[start] === target[start + 1] && word[start + 1] === target[start]))
  );
}
