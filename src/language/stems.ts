import { createRequire } from 'node:module';
import type { Language } from './languages.ts';

type Stemmer = { stem(word: string): string };
const { newStemmer } = createRequire(import.meta.url)('snowball-stemmers') as {
  newStemmer: (name: string) => Stemmer;
};

/** English possessives and French/Italian elisions end or begin at the apostrophe. */
const POSSESSIVE = /['’]s?$/u;
const ELISION = /^(?:[cdjlmnst]|qu|un|dell|nell|all|sull)['’](?=\p{L}{2})/u;
const MARKS = /\p{M}/gu;
const LATIN = /^[\p{Script=Latin}\p{M}'’]+$/u;

/** Enough for the words of any one corpus that matter; a full cache starts afresh rather than grow. */
const CACHE_SIZE = 50_000;

/** Builds the function that maps a lower-case word of one language to its stem; accents are folded, so `cafe` finds `café`. */
export function createStemmer(language: Language): (word: string) => string {
  const stemmer = language === 'other' ? undefined : newStemmer(language);
  const cache = new Map<string, string>();
  return (word) => {
    const known = cache.get(word);
    if (known !== undefined) return known;
    const bare = word.replace(POSSESSIVE, '').replace(ELISION, '') || word;
    const stem = fold(stemmer ? stemmer.stem(bare) : bare);
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(word, stem);
    return stem;
  };
}

function fold(word: string): string {
  return LATIN.test(word) ? word.normalize('NFD').replace(MARKS, '') : word;
}
