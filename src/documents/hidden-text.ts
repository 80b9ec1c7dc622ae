import { removeForbidden } from './clean-text.ts';
import type { HiddenKind, HiddenText } from './document.ts';

/** What is beyond these is dropped unread: it is in no document, so it can reach no model. */
const MOST_PIECES = 500;
const LONGEST_PIECE_CHARS = 4_000;
const MOST_CHARS = 200_000;

/** Gathers what a file hides, each piece once. */
export function collectHidden(): { add: (kind: HiddenKind, text: string) => void; pieces: HiddenText[] } {
  const pieces: HiddenText[] = [];
  const seen = new Set<string>();
  let chars = 0;
  return {
    pieces,
    add(kind, text) {
      const clean = removeForbidden(text.slice(0, LONGEST_PIECE_CHARS)).replace(/\s+/g, ' ').trim();
      if (clean === '' || seen.has(clean) || pieces.length >= MOST_PIECES || chars > MOST_CHARS) return;
      seen.add(clean);
      chars += clean.length;
      pieces.push({ kind, text: clean });
    },
  };
}
