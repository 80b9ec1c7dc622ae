import { MASKED } from '../pii/placeholders.ts';
import type { Stage } from './stage.ts';

/** What may still become a masked placeholder, which has at most 59 characters. */
const UNFINISHED = /\[[A-Z_]{0,51}\d{0,6}$/;
const LONGEST_UNFINISHED = 58;

/**
 * Puts the values back. A placeholder goes out as a whole or not at all, however it was cut, and nothing else waits.
 *
 * @param resolve what a placeholder becomes; undefined for one that stands for nothing, which stays as it is
 */
export function createPlaceholderStage(resolve: (placeholder: string) => string | undefined): Stage {
  let held = '';
  const restore = (text: string) =>
    text.replace(MASKED, (placeholder) => resolve(placeholder) ?? placeholder);
  return {
    push: (piece) => {
      held += piece;
      const tail = Math.max(0, held.length - LONGEST_UNFINISHED);
      const open = UNFINISHED.exec(held.slice(tail));
      const cut = open ? tail + open.index : held.length;
      const ready = restore(held.slice(0, cut));
      held = held.slice(cut);
      return ready;
    },
    end: () => {
      const rest = restore(held);
      held = '';
      return rest;
    },
  };
}
