import { expect, test } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { splitWords } from '../../../src/embedders/static/split-words.ts';
import { createTokenizer } from '../../../src/embedders/static/tokenizer.ts';

const vocabulary = [
  '[UNK]',
  'new',
  'york',
  'new york',
  'new york city hall',
  'un',
  '##believ',
  '##able',
  'cafe',
  '東',
  '.',
  'new . york',
  'o o',
];
const tokenizerOf = (entries: string[]) => {
  const tokenizeWords = createTokenizer(entries);
  return (text: string) => tokenizeWords(splitWords(text));
};
const tokenize = tokenizerOf(vocabulary);
const entries = (text: string) => tokenize(text).map((row) => vocabulary[row]);

test.each([
  ['', []],
  ['New  York', ['new york']],
  ['new york city', ['new york', '[UNK]']],
  ['new york city hall', ['new york city hall']],
  ['new new york york', ['new', 'new york', 'york']],
  ['new. york', ['new . york']],
  ['o o', ['o o']],
  ['o', ['[UNK]']],
  ['unbelievable', ['un', '##believ', '##able']],
  ['unbelieving', ['[UNK]']],
  ['Café cafe\u0301 CAFÉ', ['cafe', 'cafe', 'cafe']],
  ['東.東', ['東', '.', '東']],
  ['ne\u0000w\u200d y\u0007ork', ['new york']],
  ['[UNK]', ['[UNK]', '[UNK]', '[UNK]']],
])('%j is %j', (text, expected) => {
  expect(entries(text)).toEqual(expected);
});

test('a word of more than a hundred characters is unknown, however they are written', () => {
  const long = tokenizerOf(['[UNK]', 'x', '##x', '𝒳', '##𝒳']);
  expect(long('x'.repeat(100))).toHaveLength(100);
  expect(long('x'.repeat(101))).toEqual([0]);
  expect(long('𝒳'.repeat(100))).toHaveLength(100);
  expect(long('𝒳'.repeat(101))).toEqual([0]);
});

test('texts leave nothing behind but a bounded number of words', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const filling = ' '.repeat(20_000);
  const learn = (from: number, to: number) => {
    for (let place = from; place < to; place++) tokenize(`an-ever-new-word-${filling}${place.toString(36)}`);
    for (let place = from; place < to; place++) tokenize(`unheardofwordsofsomelength${place}${filling}`);
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = learn(0, 1_000);
  expect(learn(1_000, 5_000) - before).toBeLessThan(20 * 2 ** 20);
});
