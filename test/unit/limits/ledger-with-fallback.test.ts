import { beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.ts';
import type { Account, Ledger } from '../../../src/limits/ledger.ts';
import { createLedgerWithFallback } from '../../../src/limits/ledger-with-fallback.ts';
import { createMemoryLedger } from '../../../src/limits/memory-ledger.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

let away: boolean;
let shared: Ledger;
let ledger: Ledger;
let logger: ReturnType<typeof recordingLogger>;
const account: Account = { name: 'tokens', limit: 10, window: { forMs: 60_000 } };
const empty = { spent: 0, reserved: 0 };

/** Memory that can be taken away, in place of what other processes share. */
const takeable = (kept: Ledger): Ledger => {
  const here = async <Result>(work: () => Promise<Result>) => {
    if (away) throw new AppError('unavailable', 'away');
    return work();
  };
  return {
    reserve: async (entries) => here(() => kept.reserve(entries)),
    settle: async (id, spent) => here(() => kept.settle(id, spent)),
    balances: async (accounts) => here(() => kept.balances(accounts)),
    close: () => kept.close(),
  };
};
const granted = async (amount: number, of = account) => {
  const reservation = await ledger.reserve([{ account: of, amount }]);
  if (!reservation.granted) throw new Error('refused');
  return reservation.id;
};
const isGranted = async (amount: number) => (await ledger.reserve([{ account, amount }])).granted;

beforeEach(() => {
  away = false;
  logger = recordingLogger();
  shared = createMemoryLedger();
  ledger = createLedgerWithFallback({
    shared: takeable(shared),
    isAway: () => away,
    createLocal: createMemoryLedger,
    logger,
  });
});

describe('a ledger with something to fall back on', () => {
  test('counts in the shared one while that is there', async () => {
    await granted(6);
    expect(await shared.balances([account])).toEqual([{ spent: 0, reserved: 6 }]);
    expect(await isGranted(5)).toBe(false);
  });

  test('counts here while it is away: the limit holds for this process alone', async () => {
    await granted(6);
    away = true;
    const id = await granted(7);
    expect(await isGranted(4)).toBe(false);
    expect(await ledger.balances([account])).toEqual([{ spent: 0, reserved: 7 }]);
    await ledger.settle(id, [2]);
    expect(await ledger.balances([account])).toEqual([{ spent: 2, reserved: 0 }]);
    expect(logger.lines).toEqual([]);
  });

  test('settles a reservation where it was made', async () => {
    const before = await granted(3);
    away = true;
    const during = await granted(4);
    away = false;
    await ledger.settle(before, [1]);
    await ledger.settle(during, [4]);
    expect(await ledger.balances([account])).toEqual([{ spent: 1, reserved: 0 }]);
  });

  test('leaves one of the shared ledger that is away to run out, and says so', async () => {
    const id = await granted(3);
    away = true;
    await ledger.settle(id, [1]);
    expect(logger.lines).toHaveLength(1);
    expect(await shared.balances([account])).toEqual([{ spent: 0, reserved: 3 }]);
  });

  test('begins each outage anew: it asks again what was spent before', async () => {
    let spent = 0;
    const daily: Account = {
      name: 'day',
      limit: 10,
      window: { until: Date.now() + 60_000 },
      spentBefore: async () => spent,
    };
    away = true;
    await ledger.settle(await granted(5, daily), [5]);
    away = false;
    expect(await ledger.balances([account])).toEqual([empty]);
    away = true;
    spent = 9;
    expect(await ledger.reserve([{ account: daily, amount: 2 }])).toMatchObject({ granted: false });
  });

  test('passes on what failed for another reason, and counts nothing here', async () => {
    const blind = { ...account, spentBefore: async () => Promise.reject(new Error('no database')) };
    await expect(ledger.reserve([{ account: blind, amount: 1 }])).rejects.toThrow('no database');
    away = true;
    expect(await ledger.balances([account])).toEqual([empty]);
    await expect(ledger.reserve([{ account: blind, amount: 1 }])).rejects.toThrow('no database');
  });
});
