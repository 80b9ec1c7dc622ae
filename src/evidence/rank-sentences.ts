import type { QuestionTerm } from '../index-store/retrieval.ts';
import { stemsOf } from '../index-store/terms.ts';
import type { Language } from '../language/languages.ts';
import { sentences } from '../language/sentences.ts';
import { isStopWord } from '../language/stop-words.ts';
import { words } from '../language/words.ts';
import { coverage, stemSet } from './coverage.ts';
import { answersKind } from './expected-answer.ts';
import type { Passage } from './passage.ts';

/** What is asked, as retrieval understood it. */
export type Asked = { question: string; terms: readonly QuestionTerm[]; languages: readonly Language[] };

/** Numbers in 0..1 that say how well a sentence answers; `models/evidence.json` weighs them. */
export type EvidenceFeatures = {
  /** Share of the question's weight (idf) that the sentence holds. */
  sentence: number;
  /** The same with the sentences beside it. */
  neighbourhood: number;
  /** The same for the whole passage with its title and headings. */
  passage: number;
  /** The same in the sentence, of the three terms that weigh most. */
  keyTerms: number;
  /** Share of the question's names and numbers that the passage holds; 1 where it has none. */
  names: number;
  /** Share of the question's neighbouring terms that are near each other in the sentence too. */
  pairs: number;
  /** Whether the sentence holds the kind of thing that is asked for. */
  kind: number;
  /** The passage's retrieval score. */
  retrieval: number;
  /** The passage's rank: 1 for the first, 1/2 for the second, … */
  rank: number;
};

/** A sentence of a passage; `start` and `end` are into the document's extracted text. */
export type Evidence = {
  passage: Passage;
  text: string;
  start: number;
  end: number;
  /** The stems of its words. */
  stems: ReadonlySet<string>;
  features: EvidenceFeatures;
};

const KEY_TERMS = 3;
const LONGEST_SENTENCE = 600;
const NEAR = 3;
const FEWEST_WORDS = 3;
const QUESTION_MARKS = ['?', '？'];
const NO_WORD = /^\W*$/;
/**
 * Capitalised inside the question (which begins with no space), or with a digit: what the question is about by name. Letters
 * are looked at from the first of their row alone, or a row without a digit would be read again from each of them.
 */
const NAMES = /(?<=\s)\p{Lu}[\p{L}\p{N}'’-]*|(?<!\p{L})\p{L}*\p{N}[\p{L}\p{N}]*/gu;

/** Every sentence of the passages with its features, in the passages' order. */
export function sentenceEvidence(asked: Asked, passages: readonly Passage[]): Evidence[] {
  return passages.flatMap(createPassageReader(asked));
}

/** Reads one passage after the other for what is asked. */
export function createPassageReader({ question, terms, languages }: Asked): (passage: Passage) => Evidence[] {
  const keyTerms = [...terms].sort((a, b) => b.weight - a.weight).slice(0, KEY_TERMS);
  const names = [...new Set(question.trimStart().match(NAMES))]
    .filter((name) => !isStopWord(name.toLowerCase(), languages))
    .map((name) => stemSet(name, languages));
  const askedStems = stemSet(question, languages);
  const askedPairs = terms.slice(1).map((term, place) => [terms[place]!, term] as const);
  return (passage) => {
    const all = sentences(passage.text).map(({ start, end }) => {
      const text = passage.text.slice(start, end);
      const cut = words(text);
      const ordered = languages.map((language) => stemsOf(cut, language));
      return { text, start, end, ordered, found: new Set(ordered.flat()) };
    });
    const headings = stemSet([passage.title, ...passage.headingPath].join('\n'), languages);
    const whole = new Set([...headings, ...all.flatMap(({ found }) => [...found])]);
    const ofPassage = {
      passage: coverage(terms, whole),
      names: share(names, (name) => [...name].some((stem) => whole.has(stem))),
      retrieval: passage.score,
      rank: 1 / passage.index,
    };
    const short = all.filter(({ text }) => text.length <= LONGEST_SENTENCE);
    return short.flatMap(({ text, start, end, ordered, found }, place) => {
      if (saysNothing(text, found, askedStems)) return [];
      const around = new Set([
        ...(short[place - 1]?.found ?? []),
        ...found,
        ...(short[place + 1]?.found ?? []),
      ]);
      const variants = ordered.map((stems) => ({ stems, places: placesOf(stems) }));
      return {
        passage,
        text,
        start: passage.start + start,
        end: passage.start + end,
        stems: found,
        features: {
          ...ofPassage,
          sentence: coverage(terms, found),
          neighbourhood: coverage(terms, around),
          keyTerms: coverage(keyTerms, found),
          pairs: share(askedPairs, ([first, second]) =>
            variants.some((variant) => areNear(variant, first, second)),
          ),
          kind: answersKind(question, text),
        },
      };
    });
  };
}

/** A question, a heading, or an echo of what was asked is no answer, however many of its words it has. */
function saysNothing(text: string, found: ReadonlySet<string>, askedStems: ReadonlySet<string>): boolean {
  return found.size < FEWEST_WORDS || isQuestion(text) || [...found].every((stem) => askedStems.has(stem));
}

/** Whether no word stands behind the last question mark. */
function isQuestion(text: string): boolean {
  const mark = Math.max(...QUESTION_MARKS.map((one) => text.lastIndexOf(one)));
  return mark !== -1 && NO_WORD.test(text.slice(mark + 1));
}

/** The stems of a sentence, and where each of them stands. */
type Variant = { stems: readonly string[]; places: ReadonlyMap<string, number[]> };

function placesOf(stems: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [place, stem] of stems.entries()) {
    const known = places.get(stem);
    if (known) known.push(place);
    else places.set(stem, [place]);
  }
  return places;
}

function areNear({ stems, places }: Variant, first: QuestionTerm, second: QuestionTerm): boolean {
  return first.stems.some((stem) =>
    places.get(stem)?.some((place) => {
      const near = stems.slice(Math.max(0, place - NEAR), place + NEAR + 1);
      return near.some((other) => second.stems.includes(other));
    }),
  );
}

/** The share of items that hold; 1 of none. */
function share<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return items.length === 0 ? 1 : items.filter(holds).length / items.length;
}
