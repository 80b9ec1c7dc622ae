import { franc } from 'franc';
import type { Language } from './languages.ts';
import { isStopWord } from './stop-words.ts';
import { words } from './words.ts';

/** The detector's ISO 639-3 codes; Polish and others that have no stemmer are there to be told from those that have one. */
const LANGUAGES: Record<string, Language> = {
  eng: 'english',
  arb: 'arabic',
  cat: 'catalan',
  ces: 'czech',
  dan: 'danish',
  nld: 'dutch',
  fin: 'finnish',
  fra: 'french',
  deu: 'german',
  hun: 'hungarian',
  ita: 'italian',
  nob: 'norwegian',
  por: 'portuguese',
  ron: 'romanian',
  rus: 'russian',
  spa: 'spanish',
  swe: 'swedish',
  tam: 'tamil',
  tur: 'turkish',
  ...Object.fromEntries(
    ['pol', 'slk', 'hrv', 'ukr', 'bel', 'bul', 'pes', 'urd', 'vie', 'ind'].map((code) => [code, 'other']),
  ),
};

const SAMPLE_CHARS = 4_000;
/** English uses its function words for some two words in five; where they are half as many, no letter statistics are asked. */
const ENGLISH_SHARE = 0.2;
/** Below this the letters of a text tell nothing. */
const SURE_CHARS = 40;
// eslint-disable-next-line no-control-regex -- everything ASCII, and the quotation marks and dashes that editors put in
const PLAIN = /^[\u0000-\u007f‘’“”–—…]*$/;

/**
 * The language of a document: English by its function words, any other by its letters (trigrams). Text too short to tell
 * is taken for English if it is plain ASCII (labels, tables), else for `other`.
 */
export function detectLanguage(text: string): Language {
  const sample = text.slice(0, SAMPLE_CHARS);
  const found = words(sample);
  const functionWords = found.filter((word) => isStopWord(word, ['english'])).length;
  if (functionWords > 0 && functionWords >= found.length * ENGLISH_SHARE) return 'english';
  return (
    LANGUAGES[franc(sample, { only: Object.keys(LANGUAGES), minLength: SURE_CHARS })] ??
    (PLAIN.test(sample) ? 'english' : 'other')
  );
}
