/**
 * Something of which there is only so much: tokens a minute, nano-dollars a day, streams at once. With a window it counts
 * what was spent and what is reserved; without one, only what is reserved now (a level, such as open streams).
 */
export type Account = {
  /** The same for all processes that count together. Whole numbers alone are counted. Nothing personal: Redis holds it as it is. */
  name: string;
  /** What spent and reserved together never pass. */
  limit: number;
  /** `forMs`: begins with the first reservation, and all is forgotten that long after; `until`: ends at this time (ms since 1970). */
  window?: { forMs: number } | { until: number };
  /**
   * What had been spent before, for an account with a window that the ledger has forgotten or never knew; asked for only
   * then. Where it rejects, so does the reservation.
   */
  spentBefore?: () => Promise<number>;
};

/** `amount`: a whole number, 0 or more. */
export type Entry = { account: Account; amount: number };

export type Reservation =
  | { granted: true; id: string }
  /**
   * Nothing was reserved: `refusedBy`, the first without room, may have some after `retryAfterMs`: when its window ends, or
   * soon, where others only hold it back.
   */
  | { granted: false; refusedBy: Account; retryAfterMs: number };

export type Balance = { spent: number; reserved: number };

/**
 * Holds back what a call may cost, and settles what it did cost. Two reservations never pass a limit together, whichever
 * process they come from. A reservation whose process died runs out after `LEASE_MS`; its whole amount then counts
 * as spent, for nobody can tell how much of it was (where there is no window, it is free again).
 *
 * @throws AppError `unavailable` from each method when what it counts in cannot be reached
 */
export type Ledger = {
  /** Reserves all entries, or none. */
  reserve(entries: readonly Entry[]): Promise<Reservation>;
  /**
   * Ends a reservation: `spent[n]` of entry n was used (nothing, where it is missing), the rest is free again. It may be more
   * than was reserved. Nothing happens a second time, after it has run out, and in an account whose window has passed.
   *
   * @throws RangeError for what is not a whole number, 0 or more; all that was reserved then counts as spent, at the latest when it runs out
   */
  settle(id: string, spent: readonly number[]): Promise<void>;
  /** Zeros for an account that nobody has reserved in; it opens none. */
  balances(accounts: readonly Account[]): Promise<Balance[]>;
  close(): void;
};

/** A process renews its reservations every third of this. */
export const LEASE_MS = 15_000;

/** An account is kept this long after its window's `until`, so that what ends late is still written down. */
export const KEPT_AFTER_END_MS = 3_600_000;

/** What is only reserved may come back at any time. */
export const RETRY_RESERVED_MS = 1_000;
