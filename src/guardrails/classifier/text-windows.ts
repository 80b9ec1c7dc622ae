import { shippedModel } from '../../embedders/static/open-static-model.ts';
import type { GuardedText } from '../text/guarded-text.ts';
import { plainWords } from './plain-words.ts';

/** Something that a caller's list found: a feature of the windows that hold `at` (in `GuardedText.text`), or of all of them. */
export type Mark = { name: string; at?: number };

/** A part of a text that is judged by itself: words `from`..`to`, their vector, and the names of the marks in it. */
export type TextWindow = {
  words: string[];
  from: number;
  to: number;
  embedding: Float32Array;
  marks: string[];
  /** The window's sentences; what is longer than `mostWords` is cut. None where the window is all one part. */
  sentences(mostWords: number): Generator<TextWindow>;
};

/** Harm in one sentence of a long text must not be thinned out by the rest. */
const WINDOW_WORDS = 80;
const STEP_WORDS = WINDOW_WORDS / 2;
const SENTENCE_ENDS = new Set(['.', '!', '?', '…', '。']);
/** What has fewer ends no sentence: abbreviations and numbers of lists. */
const LEAST_WORDS = 4;

/** Cuts a text into overlapping windows; a short one is a single window. There is always one. */
export function* textWindows(text: GuardedText, marks: readonly Mark[]): Generator<TextWindow> {
  const { words, starts, isDisguised } = plainWords(text);
  const { encode } = shippedModel();
  const everywhere = marks.flatMap(({ at, name }) => (at === undefined ? [name] : []));
  const placed = marks.flatMap(({ at, name }) => (at === undefined ? [] : [{ at, name }]));
  placed.sort((a, b) => a.at - b.at);

  const open = (from: number, to: number, near: typeof placed): TextWindow => {
    const end = to < words.length ? starts[to]! : Infinity;
    const inside = near.filter(({ at }) => at >= (starts[from] ?? 0) && at < end);
    const isWhole = to - from === words.length && !isDisguised;
    return {
      words,
      from,
      to,
      embedding: isWhole ? text.embedding : encode(words.slice(from, to)),
      marks: [...everywhere, ...inside.map(({ name }) => name)],
      *sentences(mostWords) {
        for (let first = from, at = from; at < to; at++) {
          const length = at + 1 - first;
          const isEnd = length >= LEAST_WORDS && SENTENCE_ENDS.has(words[at]!);
          if (!isEnd && length < mostWords && at + 1 < to) continue;
          if (length < to - from) yield open(first, at + 1, inside);
          first = at + 1;
        }
      },
    };
  };
  let mark = 0;
  for (let from = 0; from === 0 || from + STEP_WORDS < words.length; from += STEP_WORDS) {
    const to = Math.min(words.length, from + WINDOW_WORDS);
    while (mark < placed.length && placed[mark]!.at < starts[from]!) mark += 1;
    let after = mark;
    while (after < placed.length && (to === words.length || placed[after]!.at < starts[to]!)) after += 1;
    yield open(from, to, placed.slice(mark, after));
  }
}
