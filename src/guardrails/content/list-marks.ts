import { cuss } from 'cuss';
import { plainWords } from '../classifier/plain-words.ts';
import type { Mark } from '../classifier/text-windows.ts';
import type { GuardedText } from '../text/guarded-text.ts';

const MASKED = '*';

/**
 * The words of a text that `cuss` lists as likely (2) or perhaps (1) rude, and words with stars in them: features for the
 * model, which knows from the rest of the text how much they mean.
 */
export function listMarks({ tokens: { folded, starts, ends } }: GuardedText): Mark[] {
  return folded.flatMap((word, at) => {
    const rating = ratingOf(word);
    if (rating > 0) return [{ name: `rude${rating}`, at: starts[at]! }];
    const isMasked = word === MASKED && at > 0 && ends[at - 1] === starts[at] && ends[at] === starts[at + 1];
    return isMasked ? [{ name: 'masked', at: starts[at]! }] : [];
  });
}

/** Whether any word is perhaps rude, its disguise taken off, or has stars in it. */
export function hasRudeWord(text: GuardedText): boolean {
  return listMarks(text).length > 0 || plainWords(text).words.some((word) => ratingOf(word) > 0);
}

function ratingOf(word: string): number {
  return Object.hasOwn(cuss, word) ? cuss[word]! : 0;
}
