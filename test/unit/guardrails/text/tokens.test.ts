import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitWords } from '../../../../src/embedders/static/split-words.ts';
import { guardText } from '../../../../src/guardrails/text/guarded-text.ts';
import { normaliseText } from '../../../../src/guardrails/text/normalise-text.ts';
import { tokenise } from '../../../../src/guardrails/text/tokens.ts';
import { textOfManyScripts } from './many-scripts.ts';

describe('the words of a text', () => {
  it.each([
    ['', []],
    ["Don't call +1-555!", ['don', "'", 't', 'call', '+', '1', '-', '555', '!']],
    ['Café ÅNGSTRÖM', ['cafe', 'angstrom']],
    ['東京x', ['東', '京', 'x']],
    ['ΟΔΥΣΣΕΥΣ', ['οδυσσευσ']],
    ['İzmir', ['izmir']],
    ['a\u0000b\u0007', ['ab']],
  ])('of %j are %j', (text, expected) => {
    const { count, folded } = tokenise(text);
    expect(folded).toEqual(expected);
    expect(count).toBe(expected.length);
  });

  it('are those that the embedder counts, in any text', () => {
    fc.assert(
      fc.property(textOfManyScripts, (original) => {
        const { text } = normaliseText(original);
        expect(tokenise(text).folded).toEqual(splitWords(text));
      }),
      { seed: 4, numRuns: 2_000 },
    );
  });

  it('have places: in order, apart, and of text that folds to the word', () => {
    fc.assert(
      fc.property(textOfManyScripts, (original) => {
        const { text } = normaliseText(original);
        const { count, starts, ends, folded } = tokenise(text);
        for (let word = 0; word < count; word++) {
          expect(starts[word]!).toBeGreaterThanOrEqual(word === 0 ? 0 : ends[word - 1]!);
          expect(splitWords(text.slice(starts[word], ends[word]))).toEqual([folded[word]]);
        }
      }),
      { seed: 4, numRuns: 1_000 },
    );
  });
});

describe('a guarded text', () => {
  it('is cut and embedded once, whoever asks', () => {
    const text = guardText('How do I change my delivery address?');
    expect(text.tokens).toBe(text.tokens);
    expect(text.embedding).toBe(text.embedding);
    expect(text.embedding).toHaveLength(256);
    expect(Math.hypot(...text.embedding)).toBeCloseTo(1, 3);
  });
});
