import { expect, it } from '@jest/globals';
import { guardText } from '../../../../src/guardrails/text/guarded-text.ts';

const LENGTH = 1_000_000;
/** Many times what it takes: a cost that grows with the square of the length takes hours. */
const GENEROUS_MS = 10_000;

it.each([
  'a',
  'a.',
  '(',
  ' ',
  '\u0301',
  'a\u0301',
  'a\u0316\u0301',
  `a${'\u0301'.repeat(1_000)}`,
  '\ud800',
  '\udc00',
  '😀',
  '\u200b',
  'a\u200b',
  '\u{e0041}',
  '\u{e0041}\u200b\u202e',
  'ﷺ',
  'а',
  'а ',
  'аa ',
  'ж а ',
  'İ',
  'Σ',
  '\u0958',
  '’',
  '中',
])('a million of %j is read in linear time', (piece) => {
  const from = performance.now();
  const text = guardText(piece.repeat(Math.ceil(LENGTH / piece.length)));
  expect(text.tokens.count).toBeLessThanOrEqual(text.text.length);
  expect(text.toOriginal(0, text.text.length).end).toBeLessThanOrEqual(text.original.length);
  expect(performance.now() - from).toBeLessThan(GENEROUS_MS);
});
