import type { Account, Entry, Reservation } from './ledger.ts';

/** What one attempt came to; `unknown`: the places of entries whose accounts must be opened with what was spent before. */
export type Attempt = Reservation | { unknown: readonly number[] };

/** What had been spent before, by the place of the entry. */
export type Openings = ReadonlyMap<number, number>;

/** Attempts a reservation, and again with what was spent before where the ledger does not know it. */
export async function reserveOpening(
  entries: readonly Entry[],
  attempt: (openings: Openings) => Attempt | Promise<Attempt>,
): Promise<Reservation> {
  for (const { account, amount } of entries) {
    assertWhole(amount);
    if (!(account.limit >= 0)) throw new RangeError(`not a limit: ${account.limit}`);
  }
  const openings = new Map<number, number>();
  for (;;) {
    const outcome = await attempt(openings);
    if ('granted' in outcome) return outcome;
    await Promise.all(
      outcome.unknown.map(async (place) => {
        const spent = await entries[place]!.account.spentBefore!();
        assertWhole(spent);
        openings.set(place, spent);
      }),
    );
  }
}

/** Only an account with a window remembers what was spent. */
export function opensWithSpent({ window, spentBefore }: Account): boolean {
  return window !== undefined && spentBefore !== undefined;
}

export function isWhole(amount: number): boolean {
  return Number.isSafeInteger(amount) && amount >= 0;
}

export function assertWhole(amount: number): void {
  if (!isWhole(amount)) throw new RangeError(`not a whole amount: ${amount}`);
}
