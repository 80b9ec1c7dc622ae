import { expect, test } from '@jest/globals';
import { failureTable, keptFigures, keptTable } from './failure-table.ts';
import { FAILURES } from './failures.ts';

test('deploy/FAILURES.md says of each failure what its test holds the server to, and how long it took', () => {
  if (process.env.SALLYPORT_WRITE_FAILURES) return; // it is just being written
  expect(keptTable()).toBe(failureTable(keptFigures));
  for (const { failure } of Object.values(FAILURES))
    expect([failure, keptFigures(failure)]).toEqual([
      failure,
      [expect.stringMatching(/^\d+\.\d s$/), expect.stringMatching(/^\d+\.\d s$/)],
    ]);
});
