import type { QuestionTerm } from '../index-store/retrieval.ts';
import { stemsOf } from '../index-store/terms.ts';
import type { Language } from '../language/languages.ts';
import { words } from '../language/words.ts';

/** The stems of a text in any of these languages, as a set. */
export function stemSet(text: string, languages: readonly Language[]): Set<string> {
  const cut = words(text);
  return new Set(languages.flatMap((language) => stemsOf(cut, language)));
}

/** The share, by weight, of the terms that a text holds: 0..1; 0 where there are no terms. */
export function coverage(terms: readonly QuestionTerm[], found: ReadonlySet<string>): number {
  let covered = 0;
  let total = 0;
  for (const { stems: alternatives, weight } of terms) {
    total += weight;
    if (alternatives.some((stem) => found.has(stem))) covered += weight;
  }
  return total === 0 ? 0 : covered / total;
}
