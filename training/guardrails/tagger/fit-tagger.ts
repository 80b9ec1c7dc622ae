import { allFakers, faker } from '@faker-js/faker';
import { buildLexicon } from './build-lexicon.ts';
import { disturb } from './disturb.ts';
import { fitCrf, toExample } from './fit-crf.ts';
import { createRandom } from './random.ts';
import { normalised, type LabelledRow } from './read-rows.ts';
import { createSentenceWriter } from './write-sentences.ts';
import { packTagger, type TaggerTensors } from './write-tagger.ts';

const SEED = 4;
const SENTENCES = 40_000;
const OPTIONS = { epochs: 4, rate: 0.05, decay: 2e-5, forgetName: 0.3, forgetWord: 0.08 };

/** Fits the tagger to the rows that are not held back and to sentences written for it; the same rows give the same tagger. */
export function fitTagger(
  rows: LabelledRow[],
  report: (line: string) => void = () => undefined,
): TaggerTensors {
  for (const each of [faker, ...Object.values(allFakers)]) each.seed(SEED);
  const random = createRandom(SEED);
  const writeSentence = createSentenceWriter(random);
  const written = Array.from({ length: SENTENCES }, () => normalised(disturb(writeSentence(), random)));
  const learnt = rows.filter(({ isHeldBack }) => !isHeldBack);
  // Each row also as people write it on a phone; the requests to assistants are already small.
  const disturbed = learnt.filter(({ isRequest }) => !isRequest).map((row) => disturb(row, random));
  const entries = buildLexicon([...written, ...learnt]);
  report(`${entries.size} words, ${written.length} sentences, ${learnt.length} rows`);
  const examples = [...written, ...learnt, ...disturbed].map(toExample);
  return packTagger(entries, fitCrf(examples, entries, { ...OPTIONS, report }));
}
