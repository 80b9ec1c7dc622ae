import { randomUUID } from 'node:crypto';
import { AppError } from '../errors/app-error.ts';
import { isMissingScript, type Redis } from '../redis/connect-redis.ts';
import { LEASE_MS, type Account, type Entry, type Ledger } from './ledger.ts';
import { BALANCES, LEDGER_KEYS, RENEW, RESERVE, SETTLE, type Script } from './redis-scripts.ts';
import { assertWhole, opensWithSpent, reserveOpening, type Attempt } from './reserve-opening.ts';

export type RedisLedgerOptions = { leaseMs?: number };

/** A ledger that all processes on one Redis share, by its clock. Each method is one script, so one step for everybody. */
export function createRedisLedger(redis: Redis, { leaseMs = LEASE_MS }: RedisLedgerOptions = {}): Ledger {
  /** Those that this process must renew. */
  const own = new Set<string>();

  const run = async ({ text, sha }: Script, args: readonly (string | number)[]): Promise<unknown> => {
    const rest = [String(LEDGER_KEYS.length), ...LEDGER_KEYS, ...args.map(String)];
    try {
      return await redis.send(['EVALSHA', sha, ...rest]).catch((error: unknown) => {
        if (isMissingScript(error)) return redis.send(['EVAL', text, ...rest]);
        throw error;
      });
    } catch (cause) {
      const detail = 'The limits cannot be checked right now.';
      throw new AppError('unavailable', detail, { cause, retryAfterSeconds: 5 });
    }
  };
  const renewing = setInterval(() => {
    // When Redis is away, its connection has said so; what could not be renewed runs out.
    run(RENEW, [leaseMs, ...own]).catch(() => undefined);
  }, leaseMs / 3).unref();

  return {
    reserve: async (entries) =>
      reserveOpening(entries, async (openings): Promise<Attempt> => {
        const id = randomUUID();
        const args = entries.flatMap((entry, place) => argumentsOf(entry, openings.get(place)));
        const [outcome, ...numbers] = (await run(RESERVE, [id, leaseMs, ...args])) as [string, ...number[]];
        if (outcome === 'unknown') return { unknown: numbers };
        if (outcome === 'refused') {
          const [place, retryAfterMs] = numbers as [number, number];
          return { granted: false, refusedBy: entries[place]!.account, retryAfterMs };
        }
        own.add(id);
        return { granted: true, id };
      }),
    settle: async (id, spent) => {
      own.delete(id);
      spent.forEach(assertWhole);
      await run(SETTLE, [id, ...spent]);
    },
    balances: async (accounts) => {
      const numbers = (await run(
        BALANCES,
        accounts.map(({ name }) => name),
      )) as number[];
      return accounts.map((_, place) => ({ spent: numbers[2 * place]!, reserved: numbers[2 * place + 1]! }));
    },
    close: () => clearInterval(renewing),
  };
}

function argumentsOf({ account, amount }: Entry, opening: number | undefined): (string | number)[] {
  const { name, limit, window } = account;
  const forMs = window && 'forMs' in window ? window.forMs : '';
  const until = window && 'until' in window ? window.until : '';
  return [name, amount, limit, forMs, until, openingArgument(account, opening)];
}

function openingArgument(account: Account, opening: number | undefined): string | number {
  return opensWithSpent(account) ? (opening ?? '?') : '';
}
