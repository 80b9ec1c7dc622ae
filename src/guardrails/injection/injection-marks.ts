import { plainWords } from '../classifier/plain-words.ts';
import type { Mark } from '../classifier/text-windows.ts';
import type { GuardedText } from '../text/guarded-text.ts';
import { findRuleHits, type RuleHit } from './injection-rules.ts';

/** Letters apart (`i g n o r e`), or digits and signs for letters (`1gn0re`). */
const DISGUISED = /[a-z][013457@$!][a-z]|\b[a-z][\s._*-][a-z][\s._*-][a-z]\b/i;
/** One phrase, however often it is said, counts once in about so many characters. */
const NEIGHBOURHOOD_CHARS = 400;

/** What the rules find in a text, as it stands and without the disguise of its words. */
export function findInjectionHits(text: GuardedText): RuleHit[] {
  const hits = findRuleHits(text.text);
  if (!DISGUISED.test(text.text)) return hits;
  const { words, starts, isDisguised } = plainWords(text);
  if (!isDisguised) return hits;
  const ends = words.map(
    (
      (at) => (word: string) =>
        (at += word.length + 1)
    )(0),
  );
  const placeOf = (offset: number) => ends.findIndex((end) => offset < end);
  const plain = findRuleHits(words.join(' ')).slice(0, 50);
  return [
    ...hits,
    ...plain.map((hit) => {
      const last = placeOf(hit.end - 1);
      return { ...hit, start: starts[placeOf(hit.start)]!, end: starts[last + 1] ?? text.text.length };
    }),
  ];
}

/** The hits as features of the classifier. */
export function injectionMarks(hits: readonly RuleHit[]): Mark[] {
  const marks = new Map(
    hits.map(({ name, start }) => [
      `${name} ${Math.floor(start / NEIGHBOURHOOD_CHARS)}`,
      { name, at: start },
    ]),
  );
  return [...marks.values()];
}
