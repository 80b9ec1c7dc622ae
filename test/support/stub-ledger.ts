import type { Entry, Ledger } from '../../src/limits/ledger.ts';

/** A ledger of a single number, whatever the accounts: a test says how much room there is, and when there is more. */
export type StubLedger = Ledger & {
  room: number;
  /** What every refusal says. */
  retryAfterMs: number;
  /** What was reserved and is not settled yet, by the reservation's id. */
  open: Map<string, readonly Entry[]>;
  /** What was settled, in order. */
  settled: { id: string; spent: readonly number[] }[];
  /** How often it was asked. */
  asked: number;
  /** Awaited within every call: a ledger that takes its time, or fails. */
  delay: () => Promise<void>;
};

export const createStubLedger = (room: number): StubLedger => {
  const amountOf = (entries: readonly Entry[]) => entries.reduce((sum, { amount }) => sum + amount, 0);
  const ledger: StubLedger = {
    room,
    retryAfterMs: 60_000,
    open: new Map(),
    settled: [],
    asked: 0,
    delay: () => Promise.resolve(),
    reserve: async (entries) => {
      ledger.asked += 1;
      await ledger.delay();
      const amount = amountOf(entries);
      if (amount > ledger.room)
        return { granted: false, refusedBy: entries[0]!.account, retryAfterMs: ledger.retryAfterMs };
      ledger.room -= amount;
      const id = `reservation-${ledger.asked}`;
      ledger.open.set(id, entries);
      return { granted: true, id };
    },
    settle: async (id, spent) => {
      await ledger.delay();
      const entries = ledger.open.get(id);
      if (!entries) return;
      ledger.open.delete(id);
      ledger.settled.push({ id, spent });
      ledger.room += amountOf(entries) - spent.reduce((sum, one) => sum + one, 0);
    },
    balances: () => Promise.reject(new Error('nobody asks for these')),
    close: () => undefined,
  };
  return ledger;
};
