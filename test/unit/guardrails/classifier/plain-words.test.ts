import { expect, test } from '@jest/globals';
import { plainWords } from '../../../../src/guardrails/classifier/plain-words.ts';
import { guardText } from '../../../../src/guardrails/text/guarded-text.ts';

const wordsOf = (text: string) => plainWords(guardText(text)).words;

test.each([
  ['You w o m e n there', ['you', 'women', 'there']],
  ['k.i.l.l', ['kill']],
  ['w0men and musl1ms', ['women', 'and', 'muslims']],
  ['b!tch', ['bitch']],
  ['f*ck', ['f*ck']],
  ['covid19 at 10am on the 1st', ['covid19', 'at', '10am', 'on', 'the', '1st']],
  ['2024', ['2024']],
  ['Hello! Yes.', ['hello', '!', 'yes', '.']],
  ['I a', ['i', 'a']],
  ['', []],
])('%j is read as %j', (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test('says whether anything was disguised, and where words begin', () => {
  expect(plainWords(guardText('to k i l l him'))).toEqual({
    words: ['to', 'kill', 'him'],
    starts: [0, 3, 11],
    isDisguised: true,
  });
  expect(plainWords(guardText('to kill him')).isDisguised).toBe(false);
});

test('a word of any length is cut, so that each part is seen', () => {
  const words = wordsOf(`${'x'.repeat(100)}killthemall`);
  expect(words.join('')).toContain('killthemall');
  expect(Math.max(...words.map(({ length }) => length))).toBeLessThanOrEqual(40);
});
