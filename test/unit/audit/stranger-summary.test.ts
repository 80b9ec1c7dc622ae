import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { AuditEvent } from '../../../src/audit/audit-event.ts';
import { createBufferedAuditLog } from '../../../src/audit/buffered-audit-log.ts';
import { pruneEvent } from '../../../src/audit/occurrence.ts';
import { summariseStrangers } from '../../../src/audit/stranger-summary.ts';
import { AppError } from '../../../src/errors/app-error.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

const MINUTE_MS = 60_000;
const of = (address: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: randomUUID(),
  time: new Date().toISOString(),
  event: 'request',
  action: 'query',
  outcome: 'denied',
  tenant: '',
  status: 401,
  code: 'unauthorized',
  address,
  ...more,
});

const open = ({ most = 10_000, isAway = false } = {}) => {
  const written: AuditEvent[] = [];
  const clock = { now: MINUTE_MS * 1_000 };
  const buffered = createBufferedAuditLog({
    append: (events) => {
      if (isAway) return Promise.reject(new AppError('unavailable', 'away'));
      written.push(...events);
      return Promise.resolve([]);
    },
    onFailure: 'warn',
    ...{ most, timeoutMs: 1_000, logger: recordingLogger(), metrics: { audit: () => undefined } },
  });
  const log = summariseStrangers(buffered, () => clock.now);
  const many = async (count: number, make: (nth: number) => AuditEvent) => {
    for (let nth = 0; nth < count; nth += 1) await log.record(make(nth));
  };
  const summaries = () => written.filter(({ action }) => action === 'requests.unauthenticated');
  const total = () => written.reduce((sum, { count = 1 }) => sum + count, 0);
  return { log, written, clock, many, summaries, total };
};

test('requests of nobody who is known are events up to a small rate, then one with their number', async () => {
  const { log, written, many, summaries, total } = open();
  await many(500, () => of('203.0.113.0'));
  await many(30, () => of('203.0.113.0', { status: 404, code: 'not_found', outcome: 'failure' }));
  await many(3, () => of('198.51.100.0'));
  await log.close();
  expect(summaries()).toEqual([
    expect.objectContaining({
      address: '203.0.113.0',
      code: 'unauthorized',
      status: 401,
      outcome: 'denied',
      count: 490,
    }),
    expect.objectContaining({ address: '203.0.113.0', code: 'not_found', outcome: 'failure', count: 20 }),
  ]);
  expect([written.length, total()]).toEqual([10 + 10 + 3 + 2, 533]);
});

test('each minute has its own', async () => {
  const { log, clock, many, summaries } = open();
  await many(12, () => of('203.0.113.0'));
  clock.now += MINUTE_MS;
  await many(15, () => of('203.0.113.0'));
  await log.close();
  expect(summaries().map(({ count }) => count)).toEqual([2, 5]);
});

test('the number of events is bounded, whatever the number of addresses, and the count is exact', async () => {
  const { log, written, many, total } = open();
  await many(20_000, (nth) => of(`2001:db8:${(nth % 5_000).toString(16)}::`));
  await log.close();
  expect(total()).toBe(20_000);
  expect(written.length).toBeLessThan(500);
});

test('who is known, what happens in no request, and what the server fails at, is on record one by one', async () => {
  const { log, written, many } = open();
  await many(50, () => of('203.0.113.0', { tenant: 'red', subject: 'ann', key_id: 'a' }));
  await many(30, () => pruneEvent(3));
  await many(20, () => of('203.0.113.0', { status: 503, code: 'unavailable', outcome: 'failure' }));
  expect(written).toHaveLength(100);
  await log.close();
  expect(written).toHaveLength(100);
});

test('a sum that cannot be written is lost with all that it counts', async () => {
  const { log, many } = open({ most: 1, isAway: true });
  await many(50, () => of('203.0.113.0'));
  await log.close();
  expect(log.state()).toEqual({ waiting: 0, lost: 50 });
});
