/** Scripts that put no space between words: only there does the (slower) dictionary segmenter run. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const RUN = /[\p{L}\p{N}\p{M}]+(?:['’·](?=\p{L})\p{L}+)*/gu;
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/** A run of more than this many code units is no word a person would ask for (base64, hashes in a row). */
const LONGEST_WORD = 64;

/**
 * Cuts text of any script into lower-case words, in order. Spaced scripts are cut at what is neither letter nor
 * digit, the others by the dictionaries of ICU (`Intl.Segmenter`).
 */
export function words(text: string): string[] {
  const found: string[] = [];
  for (const [run] of text.normalize('NFKC').toLowerCase().matchAll(RUN)) {
    if (!UNSPACED.test(run)) {
      if (run.length <= LONGEST_WORD) found.push(run);
    } else {
      for (const { segment, isWordLike } of segmenter.segment(run))
        if (isWordLike && segment.length <= LONGEST_WORD) found.push(segment);
    }
  }
  return found;
}
