import { describe, expect, it } from '@jest/globals';
import { idf, questionWords, termHasher, termVector, TERM_SPACE } from '../../../src/index-store/terms.ts';

describe('the terms of a chunk', () => {
  it('are distinct, sorted and within the space of a sparsevec', () => {
    const { terms, weights } = termVector('fee fees late', 'english', termHasher('t'));
    const ids = terms.slice(1, -1).split(',').map(Number);
    expect(ids).toHaveLength(2);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    for (const id of ids) expect(id > 0 && id <= TERM_SPACE).toBe(true);
    expect(weights.endsWith(`}/${TERM_SPACE}`)).toBe(true);
  });

  it('weigh as BM25 has it: more for what is repeated, less in a longer chunk', () => {
    const weightOf = (text: string) => {
      const hash = termHasher('t');
      const { weights } = termVector(text, 'english', hash);
      return Number(new RegExp(`[{,]${hash('fee')}:([\\d.]+)`).exec(weights)![1]);
    };
    // k1 1.2, b 0.75, pivot 90: one word of three gives 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 3 / 90)).
    expect(weightOf('fee one two')).toBeCloseTo(2.2 / (1 + 1.2 * (0.25 + (0.75 * 3) / 90)), 3);
    expect(weightOf('fee fee two')).toBeGreaterThan(weightOf('fee one two'));
    expect(weightOf(`fee ${'word '.repeat(200)}`)).toBeLessThan(weightOf('fee one two'));
  });

  it('are other numbers for another tenant', () => {
    expect(termHasher('a')('fee')).not.toBe(termHasher('b')('fee'));
    expect(termHasher('a')('fee')).toBe(termHasher('a')('fee'));
  });
});

describe('the words of a question', () => {
  it('have a stem in each language of the documents, and know whether they carry content', () => {
    expect(questionWords('What are the late fees?', ['english'])).toEqual([
      { stems: ['what'], isStopWord: true },
      { stems: ['are'], isStopWord: true },
      { stems: ['the'], isStopWord: true },
      { stems: ['late'], isStopWord: false },
      { stems: ['fee'], isStopWord: false },
    ]);
    expect(questionWords('universidades', ['english', 'spanish'])[0]!.stems).toHaveLength(2);
  });
});

it('idf is larger for rarer terms and never negative', () => {
  expect(idf(100, 1)).toBeGreaterThan(idf(100, 50));
  expect(idf(100, 100)).toBeGreaterThan(0);
  expect(idf(0, 0)).toBeGreaterThanOrEqual(0);
});
