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
  const runs = text.normalize('NFKC').toLowerCase().match(RUN) ?? [];
  const unspaced = runs.filter((run) => UNSPACED.test(run));
  if (unspaced.length === 0) return runs.filter((run) => run.length <= LONGEST_WORD);
  const cut = segmented(unspaced);
  let next = 0;
  return runs.flatMap((run) => {
    const own = run === unspaced[next] ? cut[next++]! : [run];
    return own.filter((word) => word.length <= LONGEST_WORD);
  });
}

/** The words of each run. They are cut in one go: to begin takes the segmenter as long as some ten words do. */
function segmented(runs: readonly string[]): string[][] {
  const cut: string[][] = [[]];
  for (const { segment, isWordLike } of segmenter.segment(runs.join('\n')))
    if (segment === '\n') cut.push([]);
    else if (isWordLike) cut.at(-1)!.push(segment);
  return cut;
}
