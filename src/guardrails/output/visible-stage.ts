import { normaliseText } from '../text/normalise-text.ts';
import type { Stage } from './stage.ts';

/** No script and no emoji has more of them in a row: the flag of Wales has six. */
const MOST_HIDDEN = 6;
const CUT_PAIR = /[\ud800-\udbff]$/;

/**
 * Gives out whole characters, and of a run of invisible ones only the first few: a longer run has no honest use, and would
 * keep what stands at its two ends from being seen as one value.
 */
export function createVisibleStage(): Stage {
  let half = '';
  let hiddenCount = 0;
  return {
    push: (piece) => {
      let text = half + piece;
      half = CUT_PAIR.exec(text)?.[0] ?? '';
      text = text.slice(0, text.length - half.length);
      let visible = '';
      let at = 0;
      for (const { start, end } of normaliseText(text).hidden) {
        if (start > at) hiddenCount = 0;
        const run = Array.from(text.slice(start, end));
        visible += text.slice(at, start) + run.slice(0, Math.max(0, MOST_HIDDEN - hiddenCount)).join('');
        hiddenCount += run.length;
        at = end;
      }
      if (text.length > at) hiddenCount = 0;
      return visible + text.slice(at);
    },
    end: () => {
      const rest = half;
      half = '';
      return rest;
    },
  };
}
