import type { Passage } from '../../src/evidence/passage.ts';

/** A retrieved passage with this text. */
export const passageOf = (text: string, { start = 0, ...fields }: Partial<Passage> = {}): Passage => ({
  index: 1,
  id: '1',
  documentId: 'd',
  title: 'Fees',
  source: null,
  headingPath: [],
  text,
  start,
  end: start + text.length,
  score: 0.9,
  lexical: 0.9,
  dense: null,
  ...fields,
});
