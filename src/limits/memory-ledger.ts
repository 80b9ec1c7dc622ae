import { randomUUID } from 'node:crypto';
import { KEPT_AFTER_END_MS, RETRY_RESERVED_MS, type Account, type Ledger } from './ledger.ts';
import { assertWhole, isWhole, opensWithSpent, reserveOpening, type Attempt } from './reserve-opening.ts';

type Kept = { name: string; spent: number; reserved: number; endsAt?: number; forgottenAt?: number };
type Held = { kept: Kept; amount: number };

const CLEAR_EVERY_MS = 60_000;

/** A ledger for one process, which forgets with it. Nothing runs out: whoever reserved is here to settle. */
export function createMemoryLedger(): Ledger {
  const accounts = new Map<string, Kept>();
  const open = new Map<string, Held[]>();

  const known = (name: string, now = Date.now()): Kept | undefined => {
    const kept = accounts.get(name);
    if (kept?.forgottenAt === undefined || kept.forgottenAt > now) return kept;
    accounts.delete(name);
    return undefined;
  };
  const openAccount = ({ name, window }: Account, spent: number, now: number): Kept => {
    const kept = { name, spent, reserved: 0, ...endOf(window, now) };
    accounts.set(name, kept);
    return kept;
  };
  const clearing = setInterval(() => {
    for (const name of [...accounts.keys()]) known(name);
  }, CLEAR_EVERY_MS).unref();

  return {
    reserve: async (entries) =>
      reserveOpening(entries, (openings): Attempt => {
        const now = Date.now();
        const unknown = entries.flatMap(({ account }, place) =>
          opensWithSpent(account) && !openings.has(place) && !known(account.name, now) ? [place] : [],
        );
        if (unknown.length > 0) return { unknown };

        const asked = new Map<string, number>();
        for (const [place, { account, amount }] of entries.entries()) {
          const opening = openings.get(place);
          const kept =
            known(account.name, now) ??
            (opening === undefined ? undefined : openAccount(account, opening, now));
          const { spent = 0, reserved = 0 } = kept ?? {};
          const together = amount + (asked.get(account.name) ?? 0);
          if (spent + reserved + together > account.limit) {
            const { endsAt } = kept ?? endOf(account.window, now);
            const waits = endsAt !== undefined && spent + amount > account.limit;
            const retryAfterMs = waits ? Math.max(1, endsAt - now) : RETRY_RESERVED_MS;
            return { granted: false, refusedBy: account, retryAfterMs };
          }
          asked.set(account.name, together);
        }

        const id = randomUUID();
        const held = entries.map(({ account, amount }) => {
          const kept = known(account.name, now) ?? openAccount(account, 0, now);
          kept.reserved += amount;
          return { kept, amount };
        });
        open.set(id, held);
        return { granted: true, id };
      }),
    settle: async (id, spent) => {
      const held = open.get(id) ?? [];
      open.delete(id);
      // Where it cannot be counted, all that was reserved is, as when a reservation runs out.
      const used = spent.every(isWhole) ? spent : held.map(({ amount }) => amount);
      for (const [place, { kept, amount }] of held.entries()) {
        kept.reserved -= amount;
        if (kept.endsAt !== undefined) kept.spent += used[place] ?? 0;
        else if (kept.reserved === 0 && accounts.get(kept.name) === kept) accounts.delete(kept.name);
      }
      spent.forEach(assertWhole);
    },
    balances: async (asked) =>
      asked.map(({ name }) => {
        const { spent = 0, reserved = 0 } = known(name) ?? {};
        return { spent, reserved };
      }),
    close: () => clearInterval(clearing),
  };
}

function endOf(window: Account['window'], now: number): Pick<Kept, 'endsAt' | 'forgottenAt'> {
  if (!window) return {};
  if ('forMs' in window) return { endsAt: now + window.forMs, forgottenAt: now + window.forMs };
  return { endsAt: window.until, forgottenAt: Math.max(window.until, now) + KEPT_AFTER_END_MS };
}
