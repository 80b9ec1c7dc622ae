import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chunkDocument } from '../../../src/documents/chunk-document.ts';
import { findBlocks } from '../../../src/documents/plain-text.ts';

const chunk = (text: string, maxChars?: number) =>
  chunkDocument(text, findBlocks(text), maxChars).map((one) => ({
    ...one,
    text: text.slice(one.start, one.end),
  }));

describe('a document is cut into chunks', () => {
  it('at its headings, each chunk knowing the ones above it', () => {
    const text =
      '# Fees\n\nAll fees.\n\n## Late\n\nEight dollars.\n\n## Early\n\nNone.\n\n# Terms\n\nThirty days.';
    expect(chunk(text).map(({ headingPath, text: body }) => [headingPath, body])).toEqual([
      [['Fees'], '# Fees\n\nAll fees.'],
      [['Fees', 'Late'], '## Late\n\nEight dollars.'],
      [['Fees', 'Early'], '## Early\n\nNone.'],
      [['Terms'], '# Terms\n\nThirty days.'],
    ]);
  });

  it('so that a heading under a heading stays with what follows', () => {
    expect(chunk('# A\n\n## B\n\nBody.').map(({ text }) => text)).toEqual(['# A\n\n## B\n\nBody.']);
  });

  it('between paragraphs while they fit, else between sentences, else between words', () => {
    const paragraphs = chunk('One two three.\n\nFour five six.\n\nSeven eight.', 32);
    expect(paragraphs.map(({ text }) => text)).toEqual(['One two three.\n\nFour five six.', 'Seven eight.']);
    const long = chunk('First sentence here. Second sentence here. Third one.', 24);
    expect(long.map(({ text }) => text)).toEqual([
      'First sentence here.',
      'Second sentence here.',
      'Third one.',
    ]);
    expect(chunk('alpha beta gamma delta', 12).map(({ text }) => text)).toEqual([
      'alpha beta',
      'gamma delta',
    ]);
  });

  it('never between the rows of a table that fits, nor inside a row', () => {
    const rows = Array.from({ length: 6 }, (_, row) => `| row ${row} | value ${row} |`).join('\n');
    for (const { text } of chunk(rows, 50)) for (const line of text.split('\n')) expect(rows).toContain(line);
  });

  it('with exact offsets, in order, without overlap, none longer than the limit, nothing lost: whatever the text', () => {
    const piece = fc.oneof(
      fc.lorem({ maxCount: 30 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom('\n', '\n\n', '# ', '- ', '| a | b |'),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.integer({ min: 20, max: 200 }),
        (parts, maxChars) => {
          const text = parts.join('').toWellFormed();
          let reached = 0;
          for (const { start, end } of chunkDocument(text, findBlocks(text), maxChars)) {
            expect(text.slice(reached, start).trim()).toBe('');
            expect(end - start).toBeGreaterThan(0);
            expect(end - start).toBeLessThanOrEqual(maxChars);
            expect(text.slice(start, end).isWellFormed()).toBe(true);
            reached = end;
          }
          expect(text.slice(reached).trim()).toBe('');
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });
});
