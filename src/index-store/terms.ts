import type { Language } from '../language/languages.ts';
import { createStemmer } from '../language/stems.ts';
import { isStopWord } from '../language/stop-words.ts';
import { words } from '../language/words.ts';

/** pgvector's limit on the dimensions of a `sparsevec`; a hashed term is a dimension, from 1. */
export const TERM_SPACE = 1_000_000_000;

/** BM25's saturation and length normalisation (Robertson & Zaragoza 2009), at their usual values. */
const K1 = 1.2;
const B = 0.75;
/**
 * The length, in words, at which a chunk is neither favoured nor held back. BM25 takes the mean over the corpus, which
 * every new document would change in every stored weight; chunks are cut to one size, and theirs is about this.
 */
const PIVOT_WORDS = 90;

const stemmers = new Map<Language, (word: string) => string>();

/** Stems of a text's words, in order, as one language. */
export function stems(text: string, language: Language): string[] {
  return stemsOf(words(text), language);
}

/** Stems of words that were cut already: as another language they need not be cut anew. */
export function stemsOf(cut: readonly string[], language: Language): string[] {
  return cut.map(stemmer(language));
}

function stemmer(language: Language): (word: string) => string {
  let stem = stemmers.get(language);
  if (!stem) stemmers.set(language, (stem = createStemmer(language)));
  return stem;
}

/** A word of a question, with the stems it has in each language of the tenant's documents. */
export type QuestionWord = { stems: string[]; isStopWord: boolean };

/** The first distinct words of a question, in order: so many, since each is stemmed as every language. */
export function questionWords(
  question: string,
  languages: readonly Language[],
  most = Infinity,
): QuestionWord[] {
  return [...new Set(words(question))].slice(0, most).map((word) => ({
    stems: [...new Set(languages.map((language) => stemmer(language)(word)))],
    isStopWord: isStopWord(word, languages),
  }));
}

/** Maps stems to terms: 32-bit FNV-1a over the tenant and the stem, so that tenants share no entry of the GIN index. */
export function termHasher(tenant: string): (stem: string) => number {
  const seed = fnv1a(`${tenant}\u0000`, 0x811c9dc5);
  return (stem) => (fnv1a(stem, seed) % TERM_SPACE) + 1;
}

function fnv1a(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // FNV's low bits are weak for short strings that end alike: one round of murmur3's finaliser mixes them.
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** What the lexical leg stores of a text: its distinct terms and their BM25 weights, as Postgres literals. */
export type TermVector = { terms: string; weights: string };

/**
 * Counts the terms of a chunk. The weight of a term is BM25's `tf (k1 + 1) / (tf + k1 (1 - b + b length / pivot))`;
 * times the idf of the question's terms, summed, that is the BM25 score.
 */
export function termVector(text: string, language: Language, hash: (stem: string) => number): TermVector {
  const found = stems(text, language);
  const counts = new Map<number, number>();
  for (const stem of found) {
    const term = hash(stem);
    counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  const norm = K1 * (1 - B + (B * found.length) / PIVOT_WORDS);
  const entries = [...counts].sort(([a], [b]) => a - b);
  const weights = entries.map(
    ([term, count]) => `${term}:${((count * (K1 + 1)) / (count + norm)).toFixed(4)}`,
  );
  return {
    terms: `{${entries.map(([term]) => term).join(',')}}`,
    weights: `{${weights.join(',')}}/${TERM_SPACE}`,
  };
}

/** The most a chunk can score for one unit of idf: what an endless repetition of the term would reach. */
export const LARGEST_WEIGHT = K1 + 1;

/** Inverse document frequency as BM25 has it, never negative. */
export function idf(totalChunks: number, chunksWithTerm: number): number {
  return Math.log(1 + (totalChunks - chunksWithTerm + 0.5) / (chunksWithTerm + 0.5));
}
