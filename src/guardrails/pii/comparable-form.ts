import { normaliseText } from '../text/normalise-text.ts';
import { withoutMarkup } from '../text/without-markup.ts';
import type { PiiType } from '../verdict.ts';

const WRITTEN_IN_WORDS: ReadonlySet<PiiType> = new Set(['PERSON', 'ADDRESS']);

/** The form in which two ways to write one value are the same: without markup and case; of a name or place its words, of the rest what is no mark between. */
export function comparableForm(type: PiiType, value: string): string {
  const text = normaliseText(withoutMarkup(value)?.text ?? value).text.toLowerCase();
  if (WRITTEN_IN_WORDS.has(type)) return (text.match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
  // An address of mail or of a network is another without its marks.
  const isMarked = type === 'EMAIL' || type === 'IP_ADDRESS';
  return text.replace(isMarked ? /[\s|]/gu : /[^\p{L}\p{N}]/gu, '');
}
