import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sentences } from '../src/language/sentences.ts';
import { words } from '../src/language/words.ts';
import { readDataset, type CorpusDocument } from './eval/dataset.ts';
import { seededRandom, type Random } from './random.ts';

const SETS = ['squad2', 'chunking_eval', 'cisi'];
const SEED = 20_240_229;
/** A document: paragraphs, most of its sentences from one text, the others from a few more. */
const PARAGRAPHS = { fewest: 6, spread: 9 };
const SENTENCES = { fewest: 3, spread: 4 };
const OTHER_TEXTS = 3;
const MAIN_SHARE = 0.6;
/** A word that so few of the texts hold is rare; real corpora keep bringing new ones, recombined sentences do not. */
const RARE = 3;
const RENAMED_SHARE = 0.7;

export type SourceTexts = { documents: CorpusDocument[]; questions: string[] };

/**
 * The texts that a corpus is made of, and real questions about them, each with another wording.
 *
 * @throws Error when the folder does not hold them
 */
export function readSourceTexts(folder: string): SourceTexts {
  if (!SETS.every((name) => existsSync(join(folder, `${name}.corpus.jsonl`))))
    throw new Error(`${folder} does not hold the texts of the bench (--texts)`);
  const sets = SETS.map((name) => readDataset(folder, name));
  return {
    documents: sets.flatMap((set) => set.corpus),
    questions: [...new Set(sets.flatMap((set) => set.queries.map((query) => query.text)))],
  };
}

/**
 * An endless corpus, the same in every run: first the texts as they are, then documents of their sentences. Frequent
 * words keep their shares, and rare words are renamed in most places, so that as in real text most words are rare
 * however much of it there is.
 */
export function* makeCorpus(documents: readonly CorpusDocument[]): Iterable<CorpusDocument> {
  yield* documents;
  const random = seededRandom(SEED);
  const pool = documents.map(({ title, text }) => ({
    title,
    pieces: sentences(text).map(({ start, end }) => text.slice(start, end)),
  }));
  const rename = renamer(documents, random);
  for (let number = 1; ; number += 1) {
    const main = random.pick(pool);
    const others = Array.from({ length: OTHER_TEXTS }, () => random.pick(pool));
    const paragraphs = many(random, PARAGRAPHS, () =>
      many(random, SENTENCES, () =>
        random.pick((random.next() < MAIN_SHARE ? main : random.pick(others)).pieces),
      ).join(' '),
    );
    yield {
      id: `made-${number}`,
      title: `${main.title} (${number})`,
      text: rename(paragraphs.join('\n\n')),
    };
  }
}

function many<Item>(random: Random, { fewest, spread }: typeof PARAGRAPHS, make: () => Item): Item[] {
  return Array.from({ length: fewest + random.below(spread) }, make);
}

/** Puts a made-up word in the place of most rare ones: pronounceable, and often new. */
function renamer(documents: readonly CorpusDocument[], random: Random): (text: string) => string {
  const holders = new Map<string, number>();
  for (const { text } of documents)
    for (const word of new Set(words(text))) holders.set(word, (holders.get(word) ?? 0) + 1);
  const syllables = 'ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu bran clet dris'.split(' ');
  const madeUp = () => many(random, { fewest: 2, spread: 2 }, () => random.pick(syllables)).join('');
  return (text) =>
    text.replace(/\p{L}{4,}/gu, (word) =>
      (holders.get(word.toLowerCase()) ?? 0) <= RARE && random.next() < RENAMED_SHARE ? madeUp() : word,
    );
}
