import { CITATION_MARK } from '../llms/answer-model.ts';

/** What may still become a marker once more text has come. */
const UNFINISHED = /[[【][\d\s,;^–-]{0,400}(?:†[^\]】]{0,100})?$/;

/** Takes answer text in pieces and gives it out as soon as it is certain. */
export type CitationFilter = { push(text: string): string; end(): string };

/**
 * Lets through only citations of passages that were retrieved: `[7]` disappears when there are five, `[1, 7]` becomes
 * `[1]`. Text is held back only while it may still turn into a marker.
 */
export function createCitationFilter(passageCount: number): CitationFilter {
  let held = '';
  const clean = (text: string) =>
    text.replace(CITATION_MARK, (_, list: string) =>
      [...new Set(list.split(/[,;]/).flatMap((part) => range(part, passageCount)))]
        .map((index) => `[${index}]`)
        .join(''),
    );
  return {
    push: (text) => {
      held += text;
      const cut = UNFINISHED.exec(held)?.index ?? held.length;
      const ready = held.slice(0, cut);
      held = held.slice(cut);
      return clean(ready);
    },
    end: () => {
      const rest = clean(held);
      held = '';
      return rest;
    },
  };
}

/** The numbers of `4`, or from `1-3`, as far as there are passages. */
function range(part: string, most: number): number[] {
  const [from = 0, to = from] = part.split(/[–-]/).map(Number);
  const first = Math.max(1, from);
  return Array.from({ length: Math.max(0, Math.min(to, most) - first + 1) }, (_, step) => first + step);
}
