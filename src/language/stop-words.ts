import * as lists from 'stopword';
import type { Language } from './languages.ts';

/** Question words and auxiliaries that the list lacks: they ask, they are not what is asked for. */
const ENGLISH_QUESTIONS =
  'does doing done don didn doesn isn what whats whose whom when why which s t am were been being there tell describe explain please let us me'.split(
    ' ',
  );

const words = (...names: (keyof typeof lists)[]) => new Set(names.flatMap((name) => lists[name] as string[]));

/** Function words by language.  */
export const STOP_WORDS: ReadonlyMap<Language, ReadonlySet<string>> = new Map<Language, Set<string>>([
  ['english', new Set([...lists.eng, ...ENGLISH_QUESTIONS])],
  ['arabic', words('ara')],
  ['catalan', words('cat')],
  ['czech', words('ces')],
  ['danish', words('dan')],
  ['dutch', words('nld')],
  ['finnish', words('fin')],
  ['french', words('fra')],
  ['german', words('deu')],
  ['hungarian', words('hun')],
  ['italian', words('ita')],
  ['norwegian', words('nob')],
  ['portuguese', words('por')],
  ['romanian', words('ron')],
  ['russian', words('rus')],
  ['spanish', words('spa')],
  ['swedish', words('swe')],
  ['turkish', words('tur')],
]);

/** Whether a lower-case word carries grammar rather than content in one of these languages. */
export function isStopWord(word: string, languages: readonly Language[]): boolean {
  return languages.some((language) => STOP_WORDS.get(language)?.has(word));
}
