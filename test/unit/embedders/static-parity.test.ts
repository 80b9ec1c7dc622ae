import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { packageRoot } from '../../../src/config/package-root.ts';
import { createEncoder } from '../../../src/embedders/static/encoder.ts';
import { splitWords } from '../../../src/embedders/static/split-words.ts';
import { loadStaticModel } from '../../../src/embedders/static/static-model.ts';
import { createTokenizer } from '../../../src/embedders/static/tokenizer.ts';

type Reference = { text: string; tokens: number[]; vector: number[] };

/** What the training side (HuggingFace's tokenizers, numpy) makes of these texts with the model that is shipped. */
const references = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/static-embeddings.json'), 'utf8'),
) as Reference[];

const model = loadStaticModel(join(packageRoot, 'models', 'static'));
const tokenizeWords = createTokenizer(model.vocabulary);
const encodeWords = createEncoder(model);
const tokenize = (text: string) => tokenizeWords(splitWords(text));
const encode = (text: string) => encodeWords(splitWords(text));

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let [product, ofA, ofB] = [0, 0, 0];
  for (let place = 0; place < a.length; place++) {
    product += a[place]! * b[place]!;
    ofA += a[place]! ** 2;
    ofB += b[place]! ** 2;
  }
  return product / Math.sqrt(ofA * ofB);
};

test.each(references.map((reference) => [JSON.stringify(reference.text).slice(0, 60), reference] as const))(
  'embeds %s as the training side does',
  (_name, { text, tokens, vector }) => {
    expect(tokenize(text)).toEqual(tokens);
    expect(cosine(encode(text), vector)).toBeGreaterThan(0.999);
  },
);

test('any text has a unit vector', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }), (text) => {
      expect(Math.hypot(...encode(text))).toBeCloseTo(1, 4);
    }),
    { numRuns: 500 },
  );
});
