import * as field from './describe-words.ts';

/** Weights are found by hash: this many rows, one number a tag in each. */
export const ROW_BITS = 18;
export const FEATURES = 36;
export const START_FEATURES = 8;

function row(template: number, a: number, b = 0, c = 0): number {
  let hash = Math.imul(a ^ Math.imul(template, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 15)) + b, 0xc2b2ae35);
  hash = Math.imul((hash ^ (hash >>> 14)) + c, 0x27d4eb2f);
  return (hash ^ (hash >>> 16)) >>> (32 - ROW_BITS);
}

/** Writes the first `START_FEATURES` rows that speak of the word at a place (padding included): they tell most words that begin nothing. */
export function startRows(words: field.WordDescriptions, index: number, rows: Int32Array): void {
  const at = index * field.FIELDS;
  const k = words[at + field.KIND]!;
  const s = words[at + field.SHAPE]!;
  const left = words[at + field.GAP]!;
  const right = words[at + field.FIELDS + field.GAP]!;
  const before = words[at - field.FIELDS + field.KIND]!;
  const after = words[at + field.FIELDS + field.KIND]!;
  rows[0] = row(1, k);
  rows[1] = row(2, words[at + field.WORD]!, s);
  rows[2] = row(3, k, left);
  rows[3] = row(4, k, right);
  rows[4] = row(5, before, k, left);
  rows[5] = row(6, k, after, right);
  rows[6] = row(7, words[at - field.FIELDS + field.WORD]! || before, s);
  rows[7] = row(8, words[at + field.FIELDS + field.WORD]! || after, s);
}

/** Writes the other rows after them: in all they see two words before and two after. */
export function otherRows(words: field.WordDescriptions, index: number, rows: Int32Array): void {
  const at = index * field.FIELDS;
  const k = words[at + field.KIND]!;
  const s = words[at + field.SHAPE]!;
  const left = words[at + field.GAP]!;
  const right = words[at + field.FIELDS + field.GAP]!;
  const around = left * 4 + right;
  const before = words[at - field.FIELDS + field.KIND]!;
  const before2 = words[at - 2 * field.FIELDS + field.KIND]!;
  const after = words[at + field.FIELDS + field.KIND]!;
  const after2 = words[at + 2 * field.FIELDS + field.KIND]!;
  const wordBefore = words[at - field.FIELDS + field.WORD]! || before;
  const wordAfter = words[at + field.FIELDS + field.WORD]! || after;
  const shapesBefore =
    words[at - 2 * field.FIELDS + field.SHAPE]! * 32 + words[at - field.FIELDS + field.SHAPE]!;
  const shapesAfter =
    words[at + field.FIELDS + field.SHAPE]! * 32 + words[at + 2 * field.FIELDS + field.SHAPE]!;
  rows[8] = row(9, s, around);
  rows[9] = row(10, words[at + field.WORD]!);
  rows[10] = row(11, words[at + field.SUFFIX_2]!, s);
  rows[11] = row(12, words[at + field.SUFFIX_3]!);
  rows[12] = row(13, words[at + field.SUFFIX_4]!);
  rows[13] = row(14, words[at + field.PREFIX_3]!);
  rows[14] = row(15, words[at + field.LENGTH]!, s);
  rows[15] = row(16, before, left);
  rows[16] = row(17, wordBefore);
  rows[17] = row(18, after, right);
  rows[18] = row(19, wordAfter);
  rows[19] = row(20, before2);
  rows[20] = row(21, words[at - 2 * field.FIELDS + field.WORD]!);
  rows[21] = row(22, after2);
  rows[22] = row(23, words[at + 2 * field.FIELDS + field.WORD]!);
  rows[23] = row(24, words[at - field.FIELDS + field.SUFFIX_3]!);
  rows[24] = row(25, words[at + field.FIELDS + field.SUFFIX_3]!);
  rows[25] = row(26, before, k, after);
  rows[26] = row(27, before2, before, k);
  rows[27] = row(28, k, after, after2);
  rows[28] = row(29, before2, before);
  rows[29] = row(30, after, after2);
  rows[30] = row(31, words[at - 2 * field.FIELDS + field.WORD]! || before2, wordBefore);
  rows[31] = row(32, wordAfter, words[at + 2 * field.FIELDS + field.WORD]! || after2);
  rows[32] = row(33, shapesBefore, s, shapesAfter);
  rows[33] = row(34, words[at + field.SUFFIX_3]!, words[at - field.FIELDS + field.SHAPE], s);
  rows[34] = row(35, wordBefore, s, wordAfter);
  rows[35] = row(36, shapesBefore, s, around);
}
