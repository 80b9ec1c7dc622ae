import { once } from 'node:events';
import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { drained } from '../../../src/api/drained.ts';

/** A response whose reader takes what was written when the test says so. */
const heldBack = () => {
  let take: () => void = () => undefined;
  const out = new Writable({
    highWaterMark: 1,
    write: (_piece, _encoding, taken) => {
      take = taken;
    },
  });
  expect(out.write('more than it holds')).toBe(false);
  return { out, take: () => take() };
};
const LONG_MS = 60_000;

test('whoever takes what was written is written more', async () => {
  const { out, take } = heldBack();
  const gone = new AbortController();
  const waiting = drained(out, gone.signal, LONG_MS);
  take();
  await waiting;
  expect(out.destroyed).toBe(false);
  expect(out.write('more')).toBe(false);
});

test('whoever takes nothing for too long is cut off', async () => {
  const { out } = heldBack();
  const closed = once(out, 'close');
  await drained(out, new AbortController().signal, 20);
  await closed;
  expect(out.destroyed).toBe(true);
});

test('whoever has gone is not waited for', async () => {
  const { out } = heldBack();
  const gone = new AbortController();
  const waiting = drained(out, gone.signal, LONG_MS);
  gone.abort();
  await waiting;
  expect(out.listenerCount('drain')).toBe(0);
});
