import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditEvent } from '../../../src/audit/audit-event.ts';
import {
  createBufferedAuditLog,
  type Append,
  type BufferedAuditLogOptions,
} from '../../../src/audit/buffered-audit-log.ts';
import { AppError } from '../../../src/errors/app-error.ts';
import { eventually } from '../../support/http.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

const event = (action = 'query'): AuditEvent => ({
  id: randomUUID(),
  time: new Date().toISOString(),
  event: 'request',
  action,
  outcome: 'success',
  tenant: 'default',
});

/** A store that a test makes slow, or takes away; it knows an event that is written again. */
const createStore = () => {
  const store = {
    written: [] as AuditEvent[],
    batches: [] as number[],
    /** Before it is written; a store that fails afterwards did write. */
    before: () => Promise.resolve(),
    after: () => Promise.resolve(),
    append: (async (events, again) => {
      await store.before();
      const known = new Set(store.written.map(({ id }) => id));
      store.written.push(...events.filter(({ id }) => !again || !known.has(id)));
      store.batches.push(events.length);
      await store.after();
      return [];
    }) satisfies Append,
  };
  return store;
};
const away = () => Promise.reject(new AppError('unavailable', 'The database cannot be reached right now.'));

const open = (append: Append, options: Partial<BufferedAuditLogOptions> = {}) => {
  const counted = { written: 0, lost: 0, failed: 0 };
  const logger = recordingLogger();
  const log = createBufferedAuditLog({
    append,
    onFailure: 'deny',
    most: 100,
    timeoutMs: 100,
    logger,
    metrics: { audit: (what, count) => void (counted[what] += count) },
    ...options,
  });
  return { ...log, counted, logger };
};

test('what arrives while it writes is written next, together and in order', async () => {
  const store = createStore();
  store.before = () => delay(20);
  const log = open(store.append, { timeoutMs: 5_000 });
  const events = Array.from({ length: 50 }, () => event());
  await Promise.all(events.map((one) => log.record(one)));
  expect(store.written).toEqual(events);
  expect(store.batches).toEqual([1, 49]);
  expect([log.state(), log.counted]).toEqual([
    { waiting: 0, lost: 0 },
    { written: 50, lost: 0, failed: 0 },
  ]);
});

describe('while the store is away', () => {
  test('whoever must be on record is refused, nothing is let in, and all is written once it is back', async () => {
    const store = createStore();
    store.before = away;
    const log = open(store.append);
    expect(() => log.assertOpen()).not.toThrow();
    const events = [event(), event(), event()];
    for (const one of events) await expect(log.record(one)).rejects.toMatchObject({ code: 'unavailable' });
    expect(() => log.assertOpen()).toThrow(AppError);
    store.before = () => Promise.resolve();
    await eventually(() => Promise.resolve(store.written.length === 3));
    expect(store.written).toEqual(events);
    expect(() => log.assertOpen()).not.toThrow();
    await log.record(event());
    expect(log.state()).toEqual({ waiting: 0, lost: 0 });
  });

  test('under `warn` nobody is refused, and the log says so, once', async () => {
    const store = createStore();
    store.before = away;
    const log = open(store.append, { onFailure: 'warn' });
    await Promise.all([log.record(event()), log.record(event()), log.record(event())]);
    expect(() => log.assertOpen()).not.toThrow();
    expect(log.logger.lines).toHaveLength(1);
    store.before = () => Promise.resolve();
    await eventually(() => Promise.resolve(store.written.length === 3));
  });

  test('no more wait than may, and what was lost is put on record', async () => {
    const store = createStore();
    store.before = away;
    const log = open(store.append, { onFailure: 'warn', most: 3, timeoutMs: 10 });
    await Promise.all(Array.from({ length: 10 }, () => log.record(event())));
    expect(log.state()).toEqual({ waiting: 3, lost: 7 });
    store.before = () => Promise.resolve();
    await eventually(() => Promise.resolve(store.written.length === 4));
    expect(store.written.at(-1)).toMatchObject({ action: 'audit.lost', outcome: 'failure', count: 7 });
    expect(log.counted).toMatchObject({ written: 4, lost: 7 });
  });
});

test('a write whose answer was lost is not done twice', async () => {
  const store = createStore();
  let answers = 0;
  store.after = () => (answers++ === 0 ? away() : Promise.resolve());
  const log = open(store.append, { timeoutMs: 5_000 });
  const events = [event(), event()];
  await Promise.all(events.map((one) => log.record(one)));
  expect(store.written).toEqual(events);
});

test('an event that the store will never take does not hold up the others', async () => {
  const store = createStore();
  const log = open(
    (events, again) =>
      events.some(({ action }) => action === 'poison')
        ? Promise.reject(new Error('invalid input'))
        : store.append(events, again),
    { timeoutMs: 1_000 },
  );
  const said = await Promise.allSettled(
    [event('a'), event('poison'), event('b')].map((one) => log.record(one)),
  );
  expect(said.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await eventually(() => Promise.resolve(store.written.length === 3));
  expect(store.written.map(({ action }) => action)).toEqual(['a', 'b', 'audit.lost']);
  expect(JSON.stringify(log.logger.lines)).not.toContain('poison');
});

test.each(['25006', '42501', '57014', '53100'])(
  'a database that will not write for now (%s) loses nothing: all is written once it does',
  async (code) => {
    const store = createStore();
    store.before = () => Promise.reject(Object.assign(new Error('not now'), { code }));
    const log = open(store.append);
    const events = [event(), event(), event()];
    for (const one of events) await expect(log.record(one)).rejects.toMatchObject({ code: 'unavailable' });
    expect(() => log.assertOpen()).toThrow(AppError);
    store.before = () => Promise.resolve();
    await eventually(() => Promise.resolve(store.written.length === 3));
    expect([store.written, log.state()]).toEqual([events, { waiting: 0, lost: 0 }]);
  },
);

test('a store that hangs keeps nobody waiting for longer than the time-out', async () => {
  const store = createStore();
  const gate = new AbortController();
  store.before = () => delay(60_000, undefined, { signal: gate.signal }).catch(() => undefined);
  const log = open(store.append, { timeoutMs: 20 });
  await expect(log.record(event())).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
  gate.abort();
  await eventually(() => Promise.resolve(store.written.length === 1));
});

test('closing says what could not be written, even where it was said just before that it cannot', async () => {
  const store = createStore();
  store.before = away;
  const log = open(store.append, { onFailure: 'warn', timeoutMs: 1 });
  await log.record(event());
  await log.close();
  expect(log.state()).toMatchObject({ lost: 1 });
  expect(log.logger.lines.at(-1)).toMatchObject({
    level: 'error',
    message: 'audit events were lost',
    fields: { lost: 1 },
  });
});

test('closing writes what waits', async () => {
  const store = createStore();
  store.before = () => delay(20);
  const log = open(store.append, { onFailure: 'warn', timeoutMs: 1 });
  await Promise.all(Array.from({ length: 5 }, () => log.record(event())));
  await log.close();
  expect([store.written.length, log.state().waiting]).toEqual([5, 0]);
});

test('an event that comes just as the writer goes to rest wakes it again', async () => {
  // It comes that many turns of the microtask queue after the store has answered: before the writer has seen it, while it goes, after.
  for (let turns = 0; turns < 30; turns += 1) {
    const store = createStore();
    const answer = Promise.withResolvers<undefined>();
    store.after = () => answer.promise;
    const log = open(store.append, { timeoutMs: 1_000 });
    const first = log.record(event('first'));
    await eventually(() => Promise.resolve(store.written.length === 1));
    const comesLate = async () => {
      await answer.promise;
      for (let nth = 0; nth < turns; nth += 1) await Promise.resolve();
      return log.record(event('late'));
    };
    const late = comesLate();
    answer.resolve(undefined);
    await Promise.all([first, late]);
    expect(store.written.map(({ action }) => action)).toEqual(['first', 'late']);
  }
});

test('one who is told of what was written, and fails, takes nothing from the log', async () => {
  const store = createStore();
  const written = { seq: 1, hash: Buffer.alloc(32), event: '{}' };
  let told = 0;
  const log = open(async (events, again) => [written, ...(await store.append(events, again))], {
    timeoutMs: 1_000,
    onWritten: () => {
      told += 1;
      throw new Error('full');
    },
  });
  const events = ['a', 'b', 'c'].map(event);
  await Promise.all(events.map((one) => log.record(one)));
  expect([store.written, log.state(), told]).toEqual([events, { waiting: 0, lost: 0 }, 2]);
  expect(log.counted).toEqual({ written: 3, lost: 0, failed: 0 });
});
