import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/config/package-root.ts';
import * as bits from '../../../src/guardrails/pii/tagger/lexicon.ts';
import { tokenise } from '../../../src/guardrails/text/tokens.ts';
import {
  cityNames,
  englishWords,
  familyNames,
  givenNames,
  popularGivenNames,
  streetNames,
} from './name-lists.ts';
import type { LabelledText } from './labelled-text.ts';

const FREQUENT_ROWS = 22_000;
const LEAST_COUNT = 4;
const CUES = 255;

/** Entries by word: from the lists, and from the words that stand outside of names and addresses in `texts`. */
export function buildLexicon(texts: LabelledText[]): Map<string, number> {
  const entries = new Map<string, number>();
  const add = (values: Iterable<string>, bit: number) => {
    for (const value of values)
      for (const word of tokenise(value.normalize('NFKC')).folded)
        if (/\p{L}/u.test(word)) entries.set(word, (entries.get(word) ?? 0) | bit);
  };
  add(givenNames, bits.GIVEN_NAME);
  add(popularGivenNames, bits.POPULAR_NAME);
  add(familyNames, bits.FAMILY_NAME);
  add(cityNames, bits.PLACE);
  add(streetNames, bits.STREET_WORD);
  add(englishWords, bits.COMMON_WORD);
  const vocabulary = readFileSync(join(packageRoot, 'models', 'static', 'vocabulary.txt'), 'utf8').split(
    '\n',
  );
  add(vocabulary.slice(0, FREQUENT_ROWS).filter((word) => /^[a-z]{2,}$/.test(word)), bits.FREQUENT_WORD); // prettier-ignore
  const counted = countOutside(texts);
  for (const [word] of counted) entries.set(word, (entries.get(word) ?? 0) | bits.COUNTS_ITSELF);
  counted.slice(0, CUES).forEach(([word], index) => {
    entries.set(word, entries.get(word)! | ((index + 1) << bits.CUE_SHIFT));
  });
  return entries;
}

function countOutside(texts: LabelledText[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { text, spans } of texts) {
    const tokens = tokenise(text);
    tokens.folded.forEach((word, index) => {
      const at = tokens.starts[index]!;
      if (/^\p{N}+$/u.test(word) || spans.some(({ start, end, type }) => type === 'PERSON' && at >= start && at < end)) return; // prettier-ignore
      counts.set(word, (counts.get(word) ?? 0) + 1);
    });
  }
  return [...counts]
    .filter(([, count]) => count >= LEAST_COUNT)
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
}
