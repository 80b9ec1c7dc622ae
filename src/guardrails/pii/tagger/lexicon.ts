/** What the lexicon knows of a word: these bits, and in the upper byte its number if it is a word that tells what stands beside it. */
export const GIVEN_NAME = 1;
export const FAMILY_NAME = 2;
export const PLACE = 4;
export const COMMON_WORD = 8;
export const FREQUENT_WORD = 16;
export const STREET_WORD = 32;
export const POPULAR_NAME = 64;
/** The word itself may count, not only its bits. */
export const COUNTS_ITSELF = 128;
export const CUE_SHIFT = 8;

/** A word's entry, or 0 where it is not known. Words go by their hash: no word is stored. */
export type Lexicon = (hash: number) => number;

/** Of a folded word (FNV-1a over its UTF-16 code units, 32 bits, never 0). */
export function hashWord(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15) || 1;
}

/** Looks words up in two columns of one length: their hashes and their entries. */
export function createLexicon(hashes: Int32Array, entries: Uint16Array): Lexicon {
  const mask = 2 ** Math.ceil(Math.log2(hashes.length * 2 + 1)) - 1;
  const keys = new Int32Array(mask + 1);
  const values = new Uint16Array(mask + 1);
  hashes.forEach((hash, index) => {
    let slot = hash & mask;
    while (keys[slot] !== 0) slot = (slot + 1) & mask;
    keys[slot] = hash;
    values[slot] = entries[index]!;
  });
  return (hash) => {
    let slot = hash & mask;
    for (let key = keys[slot]!; key !== 0; key = keys[slot]!) {
      if (key === hash) return values[slot]!;
      slot = (slot + 1) & mask;
    }
    return 0;
  };
}
