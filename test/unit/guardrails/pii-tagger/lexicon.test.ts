import { expect, test } from '@jest/globals';
import { createLexicon, hashWord } from '../../../../src/guardrails/pii/tagger/lexicon.ts';

test('a lexicon knows its words and no others', () => {
  const words = Array.from({ length: 500 }, (_, index) => `word${index}`);
  const lexicon = createLexicon(
    Int32Array.from(words, hashWord),
    Uint16Array.from(words, (_, index) => index + 1),
  );
  expect(words.map((word) => lexicon(hashWord(word)))).toEqual(words.map((_, index) => index + 1));
  expect(lexicon(hashWord('another'))).toBe(0);
});

test('no word has the hash that stands for none', () => {
  expect(hashWord('')).not.toBe(0);
  expect(hashWord('a')).not.toBe(hashWord('b'));
});
