import { expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { createQueryHash } from '../../../src/audit/query-hash.ts';

const hash = createQueryHash(Buffer.from('a secret of this deployment'));
const QUESTION = 'When does the bridge open?';

test('questions that differ in case or spaces alone have the same hash, others another', () => {
  expect(hash(QUESTION)).toMatch(/^[0-9a-f]{32}$/);
  expect(hash(`  WHEN does\tthe bridge   open?\n`)).toBe(hash(QUESTION));
  expect(hash('When does the bridge close?')).not.toBe(hash(QUESTION));
});

test('whoever knows the question, but not the secret, cannot make it', () => {
  expect(createQueryHash(Buffer.from('another'))(QUESTION)).not.toBe(hash(QUESTION));
  for (const guess of [QUESTION, QUESTION.toLowerCase()])
    expect(createHash('sha256').update(guess).digest('hex')).not.toContain(hash(QUESTION));
});
