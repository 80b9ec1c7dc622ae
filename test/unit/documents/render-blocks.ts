import { expect } from '@jest/globals';
import type { ExtractedDocument } from '../../../src/documents/document.ts';

/** A document's blocks as lines to compare with: `heading1 Title`, `list_item First`. */
export function renderBlocks({ text, blocks }: ExtractedDocument): string[] {
  return blocks.map(({ kind, level, start, end }) => `${kind}${level ?? ''} ${text.slice(start, end)}`);
}

/** What every document promises of its text and blocks. */
export function expectSoundBlocks({ text, blocks }: ExtractedDocument): void {
  let covered = 0;
  for (const { start, end } of blocks) {
    expect(start).toBeGreaterThanOrEqual(covered);
    expect(text.slice(covered, start).trim()).toBe('');
    expect(end).toBeGreaterThan(start);
    expect(text.slice(start, end)).toBe(text.slice(start, end).trim());
    covered = end;
  }
  expect(text.slice(covered).trim()).toBe('');
  expect(text).toBe(text.normalize('NFC'));
  expect(text.isWellFormed()).toBe(true);
  // eslint-disable-next-line no-control-regex -- the promise is that there are none
  expect(text).not.toMatch(/[\0-\x08\v\f\r\x0e-\x1f\x7f-\x9f\ufffe\uffff]/);
}
