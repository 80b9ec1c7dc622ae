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

/** How rude the rudest word is, its disguise taken off: 0 not, 1 perhaps, 2 surely. Stars in a word are perhaps. */
export function rudenessOf(text: GuardedText): number {
  const ratings = plainWords(text).words.map(ratingOf);
  const rudest = ratings.reduce((most, rating) => Math.max(most, rating), 0);
  return Math.max(rudest, listMarks(text).length > 0 ? 1 : 0);
}

function ratingOf(word: string): number {
  return Object.hasOwn(cuss, word) ? cuss[word]! : 0;
}
