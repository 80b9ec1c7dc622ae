import { guardText, type GuardedText } from '../text/guarded-text.ts';
import { OutputBlocked } from './output-blocked.ts';
import type { Stage } from './stage.ts';

export type JudgeContent = (text: GuardedText) => { blocked: boolean; category: string | null };

/** Where a sentence ends: behind the first white space after its last mark, at a line's end, at an ideographic full stop. */
const SENTENCE_END = /[.!?…]["')\]”’]{0,3}\s|\n|[。！？]/g;
/** How far back an end may begin that the next character completes. */
const LONGEST_END = 4;
/** What has no end by then is judged as it stands, up to its last word. */
const LONGEST_SENTENCE = 500;
/** Sentences shorter than this are judged together with more than one before them. */
const SHORT_SENTENCE = 40;
/** After so many short ones in a row, further ones are judged with what comes before them by the line, not each. */
const MOST_SHORT = 8;

/**
 * Gives out sentences once they have been judged, each by itself and with what comes before it: neither does a harmless
 * sentence cover a harmful one, nor is harm hidden by a full stop. Of many short sentences the cost stays that of a text.
 *
 * @throws OutputBlocked `content` with the category
 */
export function createContentStage(judge: JudgeContent): Stage {
  let held = '';
  let searched = 0;
  let context = '';
  let shortCount = 0;
  /** Judged by themselves, and still to be judged with the context. */
  let pending = '';

  const judgeText = (text: string): void => {
    const { blocked, category } = judge(guardText(text));
    if (blocked) throw new OutputBlocked('content', category ?? undefined);
  };

  const judged = (sentence: string, isLast = false): string => {
    const isBlank = sentence.trim() === '';
    if (!isBlank) {
      judgeText(sentence);
      shortCount = sentence.length < SHORT_SENTENCE ? shortCount + 1 : 0;
    }
    pending += sentence;
    if (!isLast && shortCount > MOST_SHORT && pending.length < SHORT_SENTENCE) return '';
    const ready = pending;
    pending = '';
    if (ready.trim() === '' || (isBlank && ready === sentence)) return ready;
    if (context !== '' || ready !== sentence) judgeText(context + ready);
    const isShort = sentence.length < SHORT_SENTENCE && context.length < LONGEST_SENTENCE;
    context = isShort ? context + ready : ready;
    return ready;
  };

  const nextEnd = (): number | undefined => {
    SENTENCE_END.lastIndex = searched;
    const found = SENTENCE_END.test(held.slice(0, LONGEST_SENTENCE));
    if (found) return SENTENCE_END.lastIndex;
    searched = Math.max(0, held.length - LONGEST_END);
    return held.length < LONGEST_SENTENCE ? undefined : lastWordEnd(held.slice(0, LONGEST_SENTENCE));
  };

  return {
    push: (piece) => {
      held += piece;
      let ready = '';
      for (let end = nextEnd(); end !== undefined; end = nextEnd()) {
        ready += judged(held.slice(0, end));
        held = held.slice(end);
        searched = 0;
      }
      return ready;
    },
    end: () => {
      const rest = held;
      held = '';
      return rest === '' && pending === '' ? '' : judged(rest, true);
    },
  };
}

/** Never inside a surrogate pair. */
function lastWordEnd(text: string): number {
  return text.lastIndexOf(' ') + 1 || text.length - (/[\ud800-\udbff]$/.test(text) ? 1 : 0);
}
