import { createRecentAnswers } from '../auth/recent-answers.ts';
import type { Settings } from '../config/schema.ts';
import { managing, type Database } from '../db/database.ts';

/** What a tenant may use, all its callers together; null: as much as they like. */
export type TenantLimits = {
  requestsPerMinute: number | null;
  tokensPerMinute: number | null;
  budgetUsdPerDay: number | null;
  budgetUsdPerMonth: number | null;
};

/** `isSet`: they were set for this tenant, so that its money is counted also while it has no budget. */
export type KnownLimits = TenantLimits & { isSet: boolean };

/** The limits of tenants: those that were set for one, else those of the settings. */
export type TenantLimitStore = {
  /**
   * As every process obeys them within a second; while the database is away, those that were known last.
   *
   * @throws AppError `unavailable` where none were
   */
  of(tenant: string): Promise<KnownLimits>;
  /** As they are now. @throws AppError `unavailable` */
  read(tenant: string): Promise<KnownLimits>;
  /** Sets all of them: what is null is as in the settings. @throws AppError `unavailable` */
  set(tenant: string, limits: TenantLimits, setBy: string): Promise<KnownLimits>;
};

type Defaults = Pick<
  Settings,
  | 'TENANT_REQUESTS_PER_MINUTE'
  | 'TENANT_TOKENS_PER_MINUTE'
  | 'TENANT_BUDGET_USD_PER_DAY'
  | 'TENANT_BUDGET_USD_PER_MONTH'
>;

const FIELDS = `requests_per_minute as "requestsPerMinute", tokens_per_minute::float8 as "tokensPerMinute",
  budget_usd_per_day::float8 as "budgetUsdPerDay", budget_usd_per_month::float8 as "budgetUsdPerMonth"`;

/** Half of the second within which every process obeys a change. */
const RECENT_MS = 500;
const MOST_TENANTS = 10_000;
/** A database that is away is left in peace for so long: nobody waits for it once more. */
const AWAY_MS = 1_000;

export function createTenantLimits(db: Database, defaults: Defaults): TenantLimitStore {
  const known = (row: TenantLimits | undefined): KnownLimits => ({
    requestsPerMinute: row?.requestsPerMinute ?? defaults.TENANT_REQUESTS_PER_MINUTE ?? null,
    tokensPerMinute: row?.tokensPerMinute ?? defaults.TENANT_TOKENS_PER_MINUTE ?? null,
    budgetUsdPerDay: row?.budgetUsdPerDay ?? defaults.TENANT_BUDGET_USD_PER_DAY ?? null,
    budgetUsdPerMonth: row?.budgetUsdPerMonth ?? defaults.TENANT_BUDGET_USD_PER_MONTH ?? null,
    isSet: row !== undefined,
  });
  const read = (tenant: string) =>
    db.withScope(managing(tenant), async (tx) => {
      const [row] = await tx.query<TenantLimits>(`select ${FIELDS} from tenant_limits where tenant = $1`, [
        tenant,
      ]);
      return known(row);
    });
  const recent = createRecentAnswers(read, { most: MOST_TENANTS, now: () => performance.now() });
  const last = new Map<string, KnownLimits>();
  let awayUntil = 0;

  const remember = (tenant: string, limits: KnownLimits): KnownLimits => {
    if (last.size >= MOST_TENANTS && !last.has(tenant)) last.delete(last.keys().next().value!);
    last.set(tenant, limits);
    return limits;
  };
  return {
    read,
    of: async (tenant) => {
      const now = performance.now();
      const before = last.get(tenant);
      if (before && now < awayUntil) return before;
      try {
        return remember(tenant, (await recent.get(tenant, now - RECENT_MS)).value);
      } catch (error) {
        awayUntil = performance.now() + AWAY_MS;
        if (!before) throw error;
        return before;
      }
    },
    set: async (tenant, limits, setBy) => {
      const set = await db.withScope(managing(tenant), async (tx) => {
        const [row] = await tx.query<TenantLimits>(
          `insert into tenant_limits (tenant, requests_per_minute, tokens_per_minute, budget_usd_per_day, budget_usd_per_month, set_by)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (tenant) do update set requests_per_minute = excluded.requests_per_minute,
             tokens_per_minute = excluded.tokens_per_minute, budget_usd_per_day = excluded.budget_usd_per_day,
             budget_usd_per_month = excluded.budget_usd_per_month, set_by = excluded.set_by, set_at = now()
           returning ${FIELDS}`,
          [
            tenant,
            limits.requestsPerMinute,
            limits.tokensPerMinute,
            limits.budgetUsdPerDay,
            limits.budgetUsdPerMonth,
            setBy,
          ],
        );
        return known(row);
      });
      recent.forget(tenant);
      return set;
    },
  };
}
