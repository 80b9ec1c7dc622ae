import { logistic } from '../../../evidence/weigh-evidence.ts';
import type { Span } from '../../../language/span.ts';
import type { GuardedText } from '../../text/guarded-text.ts';
import { readRun, type Run } from './read-run.ts';
import { shippedTagger, type TaggerModel } from './tagger-model.ts';
import { isFirst, OTHER, PERSON } from './tags.ts';
import { createWordScorer } from './word-scorer.ts';

/** In a normalised text; `score` is the probability that it is a name or an address. */
export type TaggedEntity = Span & { type: 'PERSON' | 'ADDRESS'; score: number };

/** Digits alone are no address: they are taken for one only beside its other parts. */
const LETTER = /\p{L}/u;
/** Scripts without spaces: there each character is a word, and the model, which knows none of them, sees names everywhere. */
const UNKNOWN_SCRIPT = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const SURE = 1 - 1e-9;
/** So many words behind a word may change what it is: it sees two, and of each how the five behind it are written. */
const WORDS_AHEAD = 7;

/**
 * Finds names of people and postal addresses by a linear-chain conditional random field, in time linear in the text.
 *
 * It reads from left to right, in runs. A run begins where something may begin, which the 12 words before and the 5 after
 * tell, and ends where nothing goes on, after 64 words at the latest. So what is found before the last 70 words of a text
 * stays as it is when the text goes on. A text cut off on its left reads as before from the first word, 12 or more behind
 * the cut, that stands in no run of either reading.
 */
export function tagEntities(text: GuardedText, model: TaggerModel = shippedTagger()): TaggedEntity[] {
  const found: TaggedEntity[] = [];
  for (const { from, run } of readRuns(text, model)) addEntities(text, from, run, model, found);
  return found;
}

/** The first place of a text that what follows may still make part of a name or an address: all before it is settled. */
export function openNamesFrom(text: GuardedText, model: TaggerModel = shippedTagger()): number {
  const { count, starts } = text.tokens;
  const settled = Math.max(0, count - WORDS_AHEAD);
  for (const { from, run } of readRuns(text, model))
    if (from + run.tags.length > settled) return starts[Math.min(from, settled)]!;
  return starts[settled] ?? 0;
}

function* readRuns(text: GuardedText, model: TaggerModel): Iterable<{ from: number; run: Run }> {
  const { count } = text.tokens;
  const scorer = createWordScorer(text, model);
  for (let from = 0; from < count; from++) {
    if (!scorer.mayStart(from)) continue;
    const run = readRun(scorer, from, count, model.transitions);
    yield { from, run };
    from += run.tags.length - 1;
  }
}

function addEntities(
  { text, tokens }: GuardedText,
  from: number,
  { tags, inside }: Run,
  { calibration }: TaggerModel,
  found: TaggedEntity[],
): void {
  for (let place = 0; place < tags.length; place++) {
    const tag = tags[place]!;
    if (tag === OTHER) continue;
    const start = tokens.starts[from + place]!;
    let likeliest = inside[place]!;
    while (place + 1 < tags.length && tags[place + 1] !== OTHER && !isFirst(tags[place + 1]!))
      likeliest = Math.max(likeliest, inside[++place]!);
    const end = tokens.ends[from + place]!;
    const value = text.slice(start, end);
    if (!LETTER.test(value) || UNKNOWN_SCRIPT.test(value)) continue;
    const sure = Math.min(likeliest, SURE);
    const score = logistic(calibration.slope * Math.log(sure / (1 - sure)) + calibration.intercept);
    found.push({ type: tag === PERSON ? 'PERSON' : 'ADDRESS', start, end, score });
  }
}
