import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Account, Entry, Ledger } from '../../src/limits/ledger.ts';
import { createMemoryLedger } from '../../src/limits/memory-ledger.ts';
import { createRedisLedger } from '../../src/limits/redis-ledger.ts';
import { connectRedis, type Redis } from '../../src/redis/connect-redis.ts';
import { describeWith } from '../support/describe-with.ts';
import { eventually } from '../support/http.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { LedgerModel } from '../support/ledger-model.ts';

type Ledgers = {
  /** Two that count together, as those of two processes do. */
  ledgers: readonly [Ledger, Ledger];
  /** Makes a reservation run out, where that can happen. */
  expire?: (id: string) => Promise<unknown>;
  close(): void;
};

const HOUR_MS = 3_600_000;
const tomorrow = () => Date.now() + 24 * HOUR_MS;
const hourly = (limit: number, more: Partial<Account> = {}): Account => ({
  name: `test:${randomUUID()}`,
  limit,
  window: { forMs: HOUR_MS },
  ...more,
});
const daily = (limit: number, more: Partial<Account> = {}): Account =>
  hourly(limit, { window: { until: tomorrow() }, ...more });
const level = (limit: number): Account => ({ name: `test:${randomUUID()}`, limit });

const granted = async (ledger: Ledger, ...entries: Entry[]): Promise<string> => {
  const reservation = await ledger.reserve(entries);
  if (!reservation.granted) throw new Error(`refused by ${reservation.refusedBy.name}`);
  return reservation.id;
};
const balance = async (ledger: Ledger, account: Account) => (await ledger.balances([account]))[0]!;

const keepsTheContract = (open: () => Ledgers | Promise<Ledgers>): void => {
  let all: Ledgers;
  let ledger: Ledger;
  let other: Ledger;
  beforeAll(async () => {
    all = await open();
    [ledger, other] = all.ledgers;
  });
  afterAll(() => all.close());

  test('what is reserved is held back, and what was spent is kept', async () => {
    const account = hourly(100);
    const id = await granted(ledger, { account, amount: 60 });
    expect(await balance(other, account)).toEqual({ spent: 0, reserved: 60 });
    expect(await other.reserve([{ account, amount: 41 }])).toMatchObject({ granted: false });
    await granted(other, { account, amount: 40 });
    await other.settle(id, [25]);
    expect(await balance(ledger, account)).toEqual({ spent: 25, reserved: 40 });
    await granted(ledger, { account, amount: 35 });
    expect(await ledger.reserve([{ account, amount: 1 }])).toMatchObject({ granted: false });
  });

  test('all entries are reserved, or none; the first without room is named', async () => {
    const [wide, narrow, full] = [daily(100), hourly(5), level(0)];
    const entries = [wide, narrow, full].map((account) => ({ account, amount: 10 }));
    const refused = await ledger.reserve(entries);
    expect(refused).toMatchObject({ granted: false });
    expect(!refused.granted && refused.refusedBy).toBe(narrow);
    expect(await ledger.balances([full, narrow, wide])).toEqual(Array(3).fill({ spent: 0, reserved: 0 }));
  });

  test('one account may stand in two entries: they count together', async () => {
    const account = hourly(10);
    expect(await ledger.reserve([5, 6].map((amount) => ({ account, amount })))).toMatchObject({
      granted: false,
    });
    const id = await granted(ledger, { account, amount: 5 }, { account, amount: 5 });
    await ledger.settle(id, [1, 2]);
    expect(await balance(ledger, account)).toEqual({ spent: 3, reserved: 0 });
  });

  test('what cannot fit before the window ends is told its end; what only others hold back, to come soon', async () => {
    const account = hourly(100);
    const retryAfterMs = async (reserved: Account, amount: number) => {
      const refused = await ledger.reserve([{ account: reserved, amount }]);
      return refused.granted ? undefined : refused.retryAfterMs;
    };
    expect(await retryAfterMs(account, 101)).toBe(HOUR_MS);
    const id = await granted(ledger, { account, amount: 100 });
    expect(await retryAfterMs(account, 1)).toBe(1_000);
    await ledger.settle(id, [100]);
    expect(await retryAfterMs(account, 1)).toBeGreaterThan(HOUR_MS - 60_000);
    expect(await retryAfterMs(account, 1)).toBeLessThanOrEqual(HOUR_MS);
    expect(await retryAfterMs(daily(0), 1)).toBeGreaterThan(23 * HOUR_MS);
    expect(await retryAfterMs(daily(0, { window: { until: Date.now() - 5 } }), 1)).toBe(1);
    expect(await retryAfterMs(level(0), 1)).toBe(1_000);
  });

  test('more than was reserved may have been spent: it is written down, and nothing fits any more', async () => {
    const account = daily(10);
    await ledger.settle(await granted(ledger, { account, amount: 4 }), [30]);
    expect(await balance(ledger, account)).toEqual({ spent: 30, reserved: 0 });
    expect(await ledger.reserve([{ account, amount: 0 }])).toMatchObject({ granted: false });
  });

  test('a second settling does nothing, nor that of what nobody reserved; what is not named was not spent', async () => {
    const account = hourly(10);
    const id = await granted(ledger, { account, amount: 4 });
    await ledger.settle(id, [3]);
    await ledger.settle(id, [3]);
    await other.settle(id, [3]);
    await ledger.settle(randomUUID(), [3]);
    await ledger.settle(await granted(ledger, { account, amount: 7 }), []);
    expect(await balance(ledger, account)).toEqual({ spent: 3, reserved: 0 });
  });

  test('a limit of many holds for them together, also once it is lowered, and is forgotten by nobody while there is none', async () => {
    const tenant = daily(10);
    const [ann, bob] = [hourly(8), hourly(8)];
    const both = (own: Account, amount: number, limit = tenant.limit) => [
      { account: own, amount },
      { account: { ...tenant, limit }, amount },
    ];
    const first = await granted(ledger, ...both(ann, 6));
    expect(await other.reserve(both(bob, 5))).toMatchObject({ granted: false, refusedBy: tenant });
    expect(await balance(other, bob)).toEqual({ spent: 0, reserved: 0 });
    expect(await other.reserve(both(ann, 3))).toMatchObject({ granted: false, refusedBy: ann });
    await ledger.settle(first, [4, 4]);
    expect(await other.reserve(both(bob, 2, 5))).toMatchObject({ granted: false });
    await other.settle(await granted(other, ...both(bob, 7, Infinity)), [7, 7]);
    expect(await balance(ledger, tenant)).toEqual({ spent: 11, reserved: 0 });
    expect(await ledger.reserve(both(ann, 1, 11))).toMatchObject({ granted: false });
    await granted(ledger, ...both(ann, 1, 12));
  });

  test('without a window only what is reserved now counts', async () => {
    const account = level(2);
    const ids = [await granted(ledger, { account, amount: 1 }), await granted(other, { account, amount: 1 })];
    expect(await ledger.reserve([{ account, amount: 1 }])).toMatchObject({ granted: false });
    for (const id of ids) await ledger.settle(id, [1]);
    expect(await balance(ledger, account)).toEqual({ spent: 0, reserved: 0 });
    await granted(ledger, { account, amount: 2 });
  });

  test('a window is forgotten when it has passed, and what belonged to it does not count in the next', async () => {
    const account = hourly(10, { window: { forMs: 100 } });
    const late = await granted(ledger, { account, amount: 4 });
    await ledger.settle(await granted(ledger, { account, amount: 6 }), [6]);
    await eventually(async () => (await balance(ledger, account)).spent === 0);
    await granted(ledger, { account: { ...account, window: { forMs: HOUR_MS } }, amount: 1 });
    await ledger.settle(late, [4]);
    expect(await balance(ledger, account)).toEqual({ spent: 0, reserved: 1 });
  });

  test('what ends after the end of its day is still written down', async () => {
    const account = daily(10, { window: { until: Date.now() + 5 } });
    const id = await granted(ledger, { account, amount: 4 });
    await sleep(10);
    await ledger.settle(id, [4]);
    expect(await balance(ledger, account)).toEqual({ spent: 4, reserved: 0 });
  });

  test('what is not limited is counted, whole numbers as large as there are', async () => {
    const account = hourly(Infinity);
    const large = Number.MAX_SAFE_INTEGER - 1;
    const id = await granted(ledger, { account, amount: large });
    expect(await balance(ledger, account)).toEqual({ spent: 0, reserved: large });
    await ledger.settle(id, [large]);
    expect(await balance(ledger, account)).toEqual({ spent: large, reserved: 0 });
    const exact = hourly(large);
    await granted(ledger, { account: exact, amount: large - 1 });
    expect(await ledger.reserve([{ account: exact, amount: 2 }])).toMatchObject({ granted: false });
    await granted(ledger, { account: exact, amount: 1 });
  });

  test.each([-1, 0.5, NaN, Infinity, 2 ** 53])(
    '%p is nothing that can be counted: what was reserved is',
    async (amount) => {
      const account = hourly(10);
      await expect(ledger.reserve([{ account, amount }])).rejects.toThrow(RangeError);
      const id = await granted(ledger, { account, amount: 1 });
      await expect(ledger.settle(id, [amount])).rejects.toThrow(RangeError);
      await expect(
        ledger.reserve([{ account: hourly(9, { spentBefore: async () => amount }), amount: 1 }]),
      ).rejects.toThrow(RangeError);
      await all.expire?.(id);
      expect(await balance(ledger, account)).toEqual({ spent: 1, reserved: 0 });
    },
  );

  test.each([-1, NaN])('%p is no limit', async (limit) => {
    await expect(ledger.reserve([{ account: hourly(limit), amount: 0 }])).rejects.toThrow(RangeError);
  });

  test('nothing is reserved of nothing', async () => {
    const id = await granted(ledger);
    await ledger.settle(id, []);
    expect(await ledger.balances([])).toEqual([]);
  });

  describe('what was spent before', () => {
    const asking = (limit: number, spentBefore: () => Promise<number>) => {
      let asked = 0;
      const account = daily(limit, {
        spentBefore: async () => {
          asked += 1;
          return spentBefore();
        },
      });
      return { account, times: () => asked };
    };

    test('is asked for where the account is not known, and only then', async () => {
      const { account, times } = asking(20, async () => 12);
      expect(await balance(ledger, account)).toEqual({ spent: 0, reserved: 0 });
      expect(times()).toBe(0);
      const id = await granted(ledger, { account, amount: 5 });
      expect(await balance(other, account)).toEqual({ spent: 12, reserved: 5 });
      expect(await other.reserve([{ account, amount: 4 }])).toMatchObject({ granted: false });
      await ledger.settle(id, [2]);
      expect(await balance(ledger, account)).toEqual({ spent: 14, reserved: 0 });
      expect(times()).toBe(1);
    });

    test('is remembered by a refusal too', async () => {
      const { account, times } = asking(20, async () => 20);
      for (let turn = 0; turn < 3; turn += 1)
        expect(await ledger.reserve([{ account, amount: 1 }])).toMatchObject({ granted: false });
      expect(times()).toBe(1);
    });

    test('counts once, when two ask at the same time', async () => {
      let release: () => void = () => undefined;
      const both = new Promise<void>((resolve) => (release = resolve));
      let asked = 0;
      const { account } = asking(20, async () => {
        asked += 1;
        if (asked === 2) release();
        await both;
        return 10;
      });
      await Promise.all([ledger, other].map((each) => granted(each, { account, amount: 4 })));
      expect(await balance(ledger, account)).toEqual({ spent: 10, reserved: 8 });
    });

    test('refuses where it cannot be told', async () => {
      const unknown = asking(20, async () => Promise.reject(new Error('no database')));
      const first = hourly(5);
      await expect(
        ledger.reserve([first, unknown.account].map((account) => ({ account, amount: 1 }))),
      ).rejects.toThrow('no database');
      expect(await balance(ledger, first)).toEqual({ spent: 0, reserved: 0 });
    });
  });

  test('of 500 at once, through two processes, exactly as many as fit are granted', async () => {
    const [account, streams] = [hourly(137), level(200)];
    const outcomes = await Promise.all(
      Array.from({ length: 500 }, (_, turn) =>
        all.ledgers[turn % 2]!.reserve([
          { account, amount: 1 },
          { account: streams, amount: 1 },
        ]),
      ),
    );
    const ids = outcomes.flatMap((outcome) => (outcome.granted ? [outcome.id] : []));
    expect(ids).toHaveLength(137);
    expect(await balance(ledger, account)).toEqual({ spent: 0, reserved: 137 });
    await Promise.all(ids.map((id, turn) => all.ledgers[turn % 2]!.settle(id, [turn % 2, 1])));
    expect(await ledger.balances([account, streams])).toEqual([
      { spent: 68, reserved: 0 },
      { spent: 0, reserved: 0 },
    ]);
  });

  test('any order of reserving, settling and running out comes out as the model says', async () => {
    const amount = fc.nat(60);
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          does: fc.constant('reserve' as const),
          entries: fc.array(fc.record({ account: fc.nat(3), amount }), { minLength: 1, maxLength: 4 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          does: fc.constant('settle' as const),
          which: fc.nat(),
          spent: fc.array(amount, { maxLength: 4 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ does: fc.constant('expire' as const), which: fc.nat() }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const accounts = [hourly(100), daily(150), level(70), hourly(Infinity)];
        const model = new LedgerModel(accounts);
        const each = (turn: number) => all.ledgers[turn % 2]!;
        for (const [turn, what] of steps.entries()) {
          if (what.does === 'reserve') {
            const entries = what.entries.map(({ account, amount }) => ({
              account: accounts[account]!,
              amount,
            }));
            const reservation = await each(turn).reserve(entries);
            const refusedBy = model.refusedBy(entries);
            if (reservation.granted) model.reserve(reservation.id, entries);
            expect(reservation.granted ? undefined : reservation.refusedBy).toBe(refusedBy);
          } else if (model.open.length > 0) {
            const id = model.open[what.which % model.open.length]!;
            if (what.does === 'settle') await each(turn).settle(id, what.spent);
            else if (all.expire) await all.expire(id);
            else continue;
            model.end(id, what.does === 'settle' ? what.spent : undefined);
          }
          expect(await each(turn).balances(accounts)).toEqual(model.balances());
        }
        for (const id of [...model.open]) {
          await ledger.settle(id, [1]);
          model.end(id, [1]);
        }
        const balances = await ledger.balances(accounts);
        expect(balances).toEqual(model.balances());
        expect(balances.map(({ reserved }) => reserved)).toEqual([0, 0, 0, 0]);
      }),
      { numRuns: 60 },
    );
  });
};

describe('the ledger in memory', () => {
  keepsTheContract(() => {
    const ledger = createMemoryLedger();
    return { ledgers: [ledger, ledger], close: () => ledger.close() };
  });
});

describeWith('TEST_REDIS_URL', 'the ledger in Redis', (url) => {
  const connect = () => connectRedis(url, { mayBeAway: false, logger: recordingLogger() });
  let redis: Redis;
  beforeAll(async () => (redis = await connect()));
  afterAll(() => redis.close());

  keepsTheContract(async () => {
    const clients = [await connect(), await connect()] as const;
    const ledgers = [createRedisLedger(clients[0]), createRedisLedger(clients[1])] as const;
    return {
      ledgers,
      expire: (id) => redis.send(['ZADD', 'sallyport:{ledger}:leases', '0', id]),
      close: () => {
        for (const each of [...ledgers, ...clients]) each.close();
      },
    };
  });

  describe('when a process has died', () => {
    const leaseMs = 200;
    let survivor: Ledger;
    beforeAll(() => {
      survivor = createRedisLedger(redis, { leaseMs });
    });
    afterAll(() => survivor.close());

    test('what it had reserved becomes spent, or free where there is no window, although nobody asks', async () => {
      const [account, streams] = [hourly(100), level(1)];
      const dying = createRedisLedger(redis, { leaseMs });
      const id = await granted(dying, { account, amount: 7 }, { account: streams, amount: 1 });
      dying.close();
      const held = (name: string) =>
        redis.send(['HGETALL', `sallyport:{ledger}:account:${name}`]).then((reply) => JSON.stringify(reply));
      await eventually(async () => /spent\W+7\D/.test(await held(account.name)));
      expect(await held(streams.name)).not.toContain('reserved');
      await survivor.settle(id, [1, 0]);
      expect(await survivor.balances([account, streams])).toEqual([
        { spent: 7, reserved: 0 },
        { spent: 0, reserved: 0 },
      ]);
    });

    test('what a living one has reserved stays, however long it takes', async () => {
      const account = hourly(100);
      const id = await granted(survivor, { account, amount: 7 });
      await sleep(3 * leaseMs);
      expect(await balance(survivor, account)).toEqual({ spent: 0, reserved: 7 });
      await survivor.settle(id, [2]);
      expect(await balance(survivor, account)).toEqual({ spent: 2, reserved: 0 });
    });
  });

  test('scripts that Redis has forgotten are sent again', async () => {
    const ledger = createRedisLedger(redis);
    const account = hourly(10);
    await redis.send(['SCRIPT', 'FLUSH']);
    await ledger.settle(await granted(ledger, { account, amount: 4 }), [3]);
    expect(await balance(ledger, account)).toEqual({ spent: 3, reserved: 0 });
    expect(redis.isAway()).toBe(false);
    ledger.close();
  });

  test('nothing is left of accounts that have ended, nor of reservations', async () => {
    const ledger = createRedisLedger(redis);
    const [short, streams] = [hourly(10, { window: { forMs: 50 } }), level(10)];
    const entries = [short, streams].map((account) => ({ account, amount: 1 }));
    await ledger.settle(await granted(ledger, ...entries), [1, 1]);
    await eventually(
      async () =>
        (await redis.send([
          'EXISTS',
          ...entries.map(({ account }) => `sallyport:{ledger}:account:${account.name}`),
        ])) === 0,
    );
    const kept = hourly(10);
    await ledger.settle(await granted(ledger, { account: kept, amount: 1 }), [1]);
    expect(Number(await redis.send(['PTTL', `sallyport:{ledger}:account:${kept.name}`]))).toBeGreaterThan(0);
    ledger.close();
  });

  test('that is away fails closed, with a code of its own', async () => {
    const gone = await connect();
    const ledger = createRedisLedger(gone);
    const account = hourly(10);
    const id = await granted(ledger, { account, amount: 1 });
    gone.close();
    for (const asked of [
      ledger.reserve([{ account, amount: 1 }]),
      ledger.settle(id, [1]),
      ledger.balances([account]),
    ])
      await expect(asked).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
    ledger.close();
  });
});
