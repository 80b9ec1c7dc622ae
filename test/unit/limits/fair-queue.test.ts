import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { AHEAD, createFairQueue, type FairQueue, type Turn } from '../../../src/limits/fair-queue.ts';
import { createStubLedger, type StubLedger } from '../../support/stub-ledger.ts';

const account = { name: 'llm:requests', limit: 1_000 };
const TIMEOUT_MS = 10_000;

/** One who waits, as a test sees it. */
type Waiter = { id?: string; error?: unknown; ended: boolean; abort: () => void };

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

/** A queue before a ledger with this much room; `served` names those who got their turn, in order. */
const queueBefore = (room: number, timeoutMs = TIMEOUT_MS) => {
  const ledger: StubLedger = createStubLedger(room);
  const queue: FairQueue = createFairQueue({ ledger, timeoutMs });
  const served: string[] = [];
  const join = (caller: Turn['caller'], amount = 1): Waiter => {
    const gone = new AbortController();
    const waiter: Waiter = { ended: false, abort: () => gone.abort(new Error('gone')) };
    const taken = queue.take({ caller, entries: [{ account, amount }], signal: gone.signal });
    void taken
      .then(
        (id) => {
          waiter.id = id;
          served.push(String(caller));
        },
        (error: unknown) => (waiter.error = error),
      )
      .finally(() => (waiter.ended = true));
    return waiter;
  };
  return { ledger, queue, served, join };
};

describe('a queue before the model', () => {
  test('holds nobody up while there is room', async () => {
    const { join, served } = queueBefore(3);
    for (const caller of ['a', 'a', 'b']) join(caller);
    await pass(0);
    expect(served).toEqual(['a', 'b', 'a']);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('lets callers take turns: a hundred questions of one delay another’s first by one', async () => {
    const { join, served, queue, ledger } = queueBefore(1);
    const many = Array.from({ length: 100 }, () => join('greedy'));
    await pass(0);
    join('late');
    join('late');
    join('later');
    for (let turns = 0; turns < 8; turns++) {
      await queue.settle([...ledger.open.keys()][0]!, [0]);
      await pass(0);
    }
    expect(served.slice(0, 7)).toEqual(['greedy', 'greedy', 'late', 'later', 'greedy', 'late', 'greedy']);
    many.forEach(({ abort }) => abort());
    await pass(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('does not let small questions overtake a large one', async () => {
    const { join, served, queue, ledger } = queueBefore(10);
    const first = join('a', 10);
    await pass(0);
    join('b', 10);
    join('c', 1);
    await queue.settle(first.id!, [5]);
    await pass(TIMEOUT_MS - 1);
    expect(served).toEqual(['a']);
    ledger.room = 11;
    await pass(250);
    expect(served).toEqual(['a', 'c']);
  });

  test('lets what has begun go ahead of everybody', async () => {
    const { join, served, ledger } = queueBefore(0);
    for (const caller of ['a', 'b', AHEAD] as const) join(caller);
    await pass(0);
    ledger.room = 3;
    await pass(250);
    expect(served).toEqual([String(AHEAD), 'a', 'b']);
  });

  test('lets nobody be kept waiting by questions that never fit, one behind the other', async () => {
    const { join, served } = queueBefore(5);
    join('greedy', 6);
    await pass(TIMEOUT_MS / 2);
    for (let more = 0; more < 3; more++) join('greedy', 6);
    const modest = join('modest');
    await pass(TIMEOUT_MS - 1);
    expect([served, modest.ended]).toEqual([['modest'], true]);
    await pass(TIMEOUT_MS);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('shares its places: when all are taken, the last of the longest line gives way', async () => {
    const { join } = queueBefore(0);
    const greedy = Array.from({ length: 256 }, () => join('greedy'));
    const modest = [join('modest'), join('modest')];
    const more = join('greedy');
    await pass(0);
    const isRefused = ({ error }: Waiter) => error !== undefined;
    expect(greedy.map(isRefused)).toEqual(greedy.map((_, place) => place >= 254));
    expect(modest.map(isRefused)).toEqual([false, false]);
    expect(more.error).toMatchObject({ code: 'unavailable' });
    await pass(TIMEOUT_MS);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('refuses at once when too many wait, and says when there may be room', async () => {
    const { join, ledger } = queueBefore(0);
    ledger.retryAfterMs = 7_500;
    const waiting = Array.from({ length: 256 }, (_, place) => join(`caller-${place}`));
    await pass(0);
    const refused = join('one-more');
    await pass(0);
    expect(refused.error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 8 });
    expect(waiting.every(({ error }) => error === undefined)).toBe(true);
    await pass(TIMEOUT_MS);
  });

  test('refuses who has waited too long, and leaves no timer behind', async () => {
    const { join, ledger } = queueBefore(0);
    ledger.retryAfterMs = 30_000;
    const waiters = [join('a'), join('a'), join('b')];
    await pass(TIMEOUT_MS - 1);
    expect(waiters.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    await pass(1);
    for (const { error } of waiters) expect(error).toMatchObject({ code: 'unavailable' });
    expect(jest.getTimerCount()).toBe(0);
  });

  test.each([
    [40, 40],
    [60_000, 250],
    [0, 10],
  ])('asks again after the %d ms that the ledger says, or %d ms', async (retryAfterMs, ms) => {
    const { join, served, ledger } = queueBefore(0);
    ledger.retryAfterMs = retryAfterMs;
    join('a');
    join('b');
    await pass(0);
    ledger.room = 2;
    await pass(ms - 1);
    expect([ledger.asked, served]).toEqual([1, []]);
    await pass(1);
    expect([ledger.asked, served]).toEqual([3, ['a', 'b']]);
  });

  test('gives up the place of a client that goes away, whether first or not', async () => {
    const { join, served, ledger } = queueBefore(0);
    const [first, , third] = [join('a'), join('b'), join('c'), join('d')];
    await pass(0);
    first.abort();
    third.abort();
    ledger.room = 4;
    await pass(250);
    expect(served).toEqual(['b', 'd']);
    expect(first.error).toEqual(new Error('gone'));
    expect(ledger.room).toBe(2);
  });

  test('gives back what it was granted for a client that went away meanwhile', async () => {
    const { join, served, ledger } = queueBefore(1);
    ledger.delay = () => new Promise((resume) => setTimeout(resume, 50));
    const gone = join('a');
    join('b');
    await pass(10);
    gone.abort();
    await pass(200);
    expect(served).toEqual(['b']);
    expect(ledger.settled).toEqual([{ id: 'reservation-1', spent: [0] }]);
  });

  test('hears of room that comes while the ledger is being asked', async () => {
    const { join, served, queue, ledger } = queueBefore(1);
    const first = join('a');
    await pass(0);
    const reserve = ledger.reserve.bind(ledger);
    // The answer is as it was when it was asked, but comes later.
    ledger.reserve = async (entries) => {
      const answer = await reserve(entries);
      await new Promise((resume) => setTimeout(resume, 20));
      return answer;
    };
    join('b');
    await queue.settle(first.id!, [0]);
    await pass(100);
    expect(served).toEqual(['a', 'b']);
  });

  test('fails those who wait while the ledger cannot be reached, and serves those who come later', async () => {
    const { join, served, ledger } = queueBefore(5);
    const failing = new Error('redis is away');
    ledger.delay = () => Promise.reject(failing);
    const waiters = [join('a'), join('b')];
    await pass(0);
    expect(waiters.map(({ error }) => error)).toEqual([failing, failing]);
    ledger.delay = () => Promise.resolve();
    join('c');
    await pass(0);
    expect(served).toEqual(['c']);
    expect(jest.getTimerCount()).toBe(0);
  });
});

type Step =
  | { do: 'join'; caller: string; amount: number }
  | { do: 'abort' | 'settle' | 'fail'; which: number }
  | { do: 'pass'; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      caller: fc.constantFrom('a', 'b', 'c'),
      amount: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('abort' as const, 'settle', 'settle', 'fail'),
      which: fc.nat(50),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(400) }) },
);

test('whatever happens: everybody who waits ends, none beyond what there is, no turn is forgotten', async () => {
  const ROOM = 6;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 0, max: 30 }),
      async (steps, delayMs) => {
        const { ledger, queue, join } = queueBefore(ROOM, 1_000_000);
        let failures = 0;
        if (delayMs > 0) ledger.delay = () => new Promise((resume) => setTimeout(resume, delayMs));
        const reserve = ledger.reserve.bind(ledger);
        ledger.reserve = (entries) =>
          failures > 0 ? Promise.reject(new Error(`away ${failures--}`)) : reserve(entries);
        const all: Waiter[] = [];
        const settle = async (waiter?: Waiter) => {
          if (waiter?.id === undefined) return;
          const { id } = waiter;
          delete waiter.id;
          await queue.settle(id, [0]);
        };
        const settling: Promise<void>[] = [];
        for (const one of steps) {
          if (one.do === 'join') all.push(join(one.caller, one.amount));
          else if (one.do === 'pass') await pass(one.ms);
          else if (one.do === 'fail') failures = 1;
          else if (all.length > 0) {
            const waiter = all[one.which % all.length]!;
            if (one.do === 'abort') waiter.abort();
            else settling.push(settle(waiter));
          }
          expect(ledger.room).toBeGreaterThanOrEqual(0);
        }
        failures = 0;
        // Whoever is granted settles at once, so each that waits has its turn without waiting for the clock.
        for (let rounds = 0; rounds < 80; rounds++) {
          settling.push(...all.map(settle));
          await pass(delayMs * 3 + 1);
        }
        await Promise.all(settling);
        expect(all.filter(({ ended }) => !ended)).toEqual([]);
        expect([ledger.room, ledger.open.size]).toEqual([ROOM, 0]);
        expect(jest.getTimerCount()).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});
