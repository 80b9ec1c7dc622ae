import * as lists from 'stopword';
import type { Language } from './languages.ts';

/** Question words and auxiliaries that the list lacks: they ask, they are not what is asked for. */
const ENGLISH_QUESTIONS =
  'does doing done don didn doesn isn what whats whose whom when why which s t am were been being there tell describe explain please let us me'.split(
    ' ',
  );

const list = (name: keyof typeof lists) => new Set(lists[name] as string[]);

/** Function words by language. */
const STOP_WORDS: ReadonlyMap<Language, ReadonlySet<string>> = new Map<Language, Set<string>>([
  ['english', new Set([...lists.eng, ...ENGLISH_QUESTIONS])],
  ['arabic', list('ara')],
  ['catalan', list('cat')],
  ['czech', list('ces')],
  ['danish', list('dan')],
  ['dutch', list('nld')],
  ['finnish', list('fin')],
  ['french', list('fra')],
  ['german', list('deu')],
  ['hungarian', list('hun')],
  ['italian', list('ita')],
  ['norwegian', list('nob')],
  ['portuguese', list('por')],
  ['romanian', list('ron')],
  ['russian', list('rus')],
  ['spanish', list('spa')],
  ['swedish', list('swe')],
  ['turkish', list('tur')],
]);

/** Whether a lower-case word carries grammar rather than content in one of these languages. */
export function isStopWord(word: string, languages: readonly Language[]): boolean {
  return languages.some((language) => STOP_WORDS.get(language)?.has(word));
}
