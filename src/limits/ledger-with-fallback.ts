import type { Logger } from '../observability/logger.ts';
import type { Ledger } from './ledger.ts';

export type FallbackOptions = {
  shared: Ledger;
  /** Whether the shared ledger is out of reach; its other failures are passed on. */
  isAway: () => boolean;
  /** A ledger for the length of one outage. A new one each time: the next outage must ask anew what was spent before. */
  createLocal: () => Ledger;
  logger: Logger;
};

/** Counts in the shared ledger, and in this process while that is away. What was reserved is settled where it was. */
export function createLedgerWithFallback({ shared, isAway, createLocal, logger }: FallbackOptions): Ledger {
  let local: Ledger | undefined;
  const reservedIn = new Map<string, Ledger>();

  const inEither = async <Result>(work: (ledger: Ledger) => Promise<Result>): Promise<Result> => {
    try {
      const result = await work(shared);
      if (!isAway()) {
        local?.close();
        local = undefined;
      }
      return result;
    } catch (error) {
      if (!isAway()) throw error;
      return work((local ??= createLocal()));
    }
  };
  return {
    reserve: async (entries) =>
      inEither(async (ledger) => {
        const reservation = await ledger.reserve(entries);
        if (reservation.granted && ledger !== shared) reservedIn.set(reservation.id, ledger);
        return reservation;
      }),
    settle: async (id, spent) => {
      const ledger = reservedIn.get(id) ?? shared;
      reservedIn.delete(id);
      try {
        await ledger.settle(id, spent);
      } catch (error) {
        if (!isAway()) throw error;
        logger.warn('a reservation was not settled: it counts as spent once it has run out', { error });
      }
    },
    balances: async (accounts) => inEither((ledger) => ledger.balances(accounts)),
    close: () => {
      local?.close();
      shared.close();
    },
  };
}
