import type { Principal } from '../auth/principal.ts';
import type { Database, RowScope } from '../db/database.ts';
import type { Logger } from '../observability/logger.ts';
import { dayOf, type Period } from './period.ts';
import { sumUsage, writeUsage, type AnswerUsage, type UsageRow } from './usage-rows.ts';

export const USAGE_GROUPINGS = ['user', 'key', 'day'] as const;
export type UsageGrouping = (typeof USAGE_GROUPINGS)[number];

/** One line of a report; `name` is the subject, the key's public id, or the day (UTC); a day is of all tenants in scope. */
export type UsageLine = AnswerUsage & { name: string; tenant: string | null; requests: number };

/** Days as `2026-11-24`, both included. */
type Days = Pick<Period, 'since' | 'until'>;

/** What was used, by day and caller, in the database: for reports, and to go on counting from after a restart. */
export type UsageLog = {
  /** Noted at once and written within `FLUSH_MS`. */
  add(caller: Pick<Principal, 'tenant' | 'subject' | 'keyId'>, usage: AnswerUsage): void;
  /** Nano-dollars spent in a period: by everybody, by a tenant, or by one caller. */
  spent(days: Days, by?: { tenant: string; subject?: string }): Promise<number>;
  report(scope: RowScope, by: UsageGrouping, days: Days): Promise<UsageLine[]>;
  /** Writes what is still in memory. */
  close(): Promise<void>;
};

const FLUSH_MS = 250;
/** Of a report; what comes behind them is left out. */
export const MOST_LINES = 1_000;

export function createUsageLog(db: Database, logger: Logger): UsageLog {
  let waiting = new Map<string, UsageRow>();
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  const note = (row: UsageRow) => {
    const key = JSON.stringify([row.day, row.tenant, row.subject, row.keyId]);
    const sum = waiting.get(key);
    waiting.set(key, sum ? sumUsage(sum, row) : row);
    timer ??= setTimeout(() => void flush().catch(() => undefined), FLUSH_MS).unref();
  };
  /** One write after the other: two at once could wait for each other's rows. */
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const rows = [...waiting.values()];
    waiting = new Map();
    writing = writing
      .catch(() => undefined)
      .then(async () => {
        if (rows.length === 0) return;
        await writeUsage(db, rows).catch((error: unknown) => {
          logger.warn('usage could not be written, and waits', { error });
          for (const row of rows) note(row);
          throw error;
        });
      });
    return writing;
  };

  return {
    add: ({ tenant, subject, keyId = '' }, usage) =>
      note({ day: dayOf(new Date()), tenant, subject, keyId, requests: 1, ...usage }),
    spent: async ({ since, until }, by) => {
      await flush();
      return db.asOwner(async (tx) => {
        const [row] = await tx.query<{ spent: string }>(
          `select coalesce(sum(cost_nano_usd), 0)::bigint::text as spent from usage_days
            where day between $1::date and $2::date
              and ($3::text is null or tenant = $3) and ($4::text is null or subject = $4)`,
          [since, until, by?.tenant ?? null, by?.subject ?? null],
        );
        return Number(row!.spent);
      });
    },
    report: async (scope, by, days) => {
      await flush();
      return readUsage(db, scope, by, days);
    },
    close: async () => {
      await flush().catch(() => undefined);
      clearTimeout(timer);
    },
  };
}

const NAMES: Record<UsageGrouping, string> = { user: 'subject', key: 'key_id', day: 'day::text' };

/** What is in the database, of the tenants in `scope`: days latest first, others by what they cost. */
export async function readUsage(
  db: Database,
  scope: RowScope,
  by: UsageGrouping,
  { since, until }: Days,
): Promise<UsageLine[]> {
  return db.withScope(scope, (tx) =>
    tx.query<UsageLine>(
      `select ${NAMES[by]} as name, ${by === 'day' ? 'null' : 'tenant'} as tenant, sum(requests)::float8 as requests,
              sum(prompt_tokens)::float8 as "promptTokens", sum(completion_tokens)::float8 as "completionTokens",
              sum(cost_nano_usd)::float8 as "nanoUsd"
         from usage_days where day between $1::date and $2::date ${by === 'key' ? "and key_id <> ''" : ''}
        group by 1, 2 order by ${by === 'day' ? '1 desc' : '6 desc, 1, 2'} limit ${MOST_LINES}`,
      [since, until],
    ),
  );
}
