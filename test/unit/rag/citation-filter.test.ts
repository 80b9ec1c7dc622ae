import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCitationFilter } from '../../../src/rag/citation-filter.ts';

function filtered(pieces: string[], passages: number): string {
  const filter = createCitationFilter(passages);
  return pieces.map((piece) => filter.push(piece)).join('') + filter.end();
}

describe('citations in an answer', () => {
  it.each([
    ['The fee is $8 [1].', 'The fee is $8 [1].'],
    ['Both [1, 2].', 'Both [1][2].'],
    ['Invented [7].', 'Invented .'],
    ['Half [2, 9].', 'Half [2].'],
    ['A range [2-9].', 'A range [2][3].'],
    ['Other marks 【1】, 【9†source】, [^2], [^8].', 'Other marks [1], , [2], .'],
    ['Zero [0] and negative [-1].', 'Zero  and negative [-1].'],
    ['An array a[i], a list [x], a link [1](u).', 'An array a[i], a list [x], a link [1](u).'],
    ['Unfinished [1', 'Unfinished [1'],
  ])('%j comes out as %j', (text, expected) => expect(filtered([text], 3)).toBe(expected));

  it('are the same wherever the stream is cut', () => {
    const text = 'The fee is $8 [1], not [9]; see [2, 8][3]【9†a】 and a[i] [ 1 , 2 ].';
    const whole = filtered([text], 3);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
        const borders = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = borders.slice(1).map((border, place) => text.slice(borders[place], border));
        expect(filtered(pieces, 3)).toBe(whole);
      }),
      { seed: 11 },
    );
  });

  it('hold nothing back that cannot become a marker', () => {
    const filter = createCitationFilter(3);
    expect(filter.push('Text')).toBe('Text');
    expect(filter.push(' [')).toBe(' ');
    expect(filter.push('1')).toBe('');
    expect(filter.push(']')).toBe('[1]');
    expect(filter.push('[note')).toBe('[note');
  });
});
