import { SettingsError } from './config/load.ts';
import type { Settings } from './config/schema.ts';
import type { Database } from './db/database.ts';
import { createBudgetBalances, type BudgetBalances } from './limits/budget-balances.ts';
import { createBudgets } from './limits/budgets.ts';
import { chargeEmbeddings } from './limits/charge-embeddings.ts';
import type { Ledger } from './limits/ledger.ts';
import { createLedgerWithFallback } from './limits/ledger-with-fallback.ts';
import { createMemoryLedger } from './limits/memory-ledger.ts';
import { assertBudgetsCanBeKept, createMetering, type Metering } from './limits/metering.ts';
import { createPrivateName, type PrivateName } from './limits/private-name.ts';
import { createRedisLedger } from './limits/redis-ledger.ts';
import { createTenantLimits, type TenantLimitStore } from './limits/tenant-limits.ts';
import { createUsageLog, type UsageLog } from './limits/usage-log.ts';
import type { OnUsage } from './embedders/embedder.ts';
import type { Logger } from './observability/logger.ts';
import { connectRedis, type Redis } from './redis/connect-redis.ts';
import type { Rotating } from './secrets/rotation.ts';
import { openPatiently } from './start-patience.ts';

/** What counts, and in what. */
export type Limits = {
  redis: Redis | undefined;
  ledger: Ledger;
  usage: UsageLog;
  balances: BudgetBalances;
  metering: Metering;
  tenantLimits: TenantLimitStore;
  /** What a caller or an address is called in Redis. */
  privateName: PrivateName;
};

export type ComposedLimits = Limits & {
  onEmbedded: OnUsage;
  rotating: Rotating[];
  close: () => Promise<void>;
};

/**
 * @throws SettingsError for a budget on a model, or an embedder, without a price
 * @throws AppError `unavailable` when Redis cannot be reached and must not be away
 */
export async function composeLimits(
  settings: Settings,
  db: Database,
  logger: Logger,
): Promise<ComposedLimits> {
  assertBudgetsCanBeKept(settings);
  const privateName = createPrivateName(settings.API_KEY_PEPPER.reveal());
  const usage = createUsageLog(db, logger);
  const budgets = createBudgets({ settings, usage, privateName });
  const redis = await openRedis(settings, logger);
  const ledger = openLedger(redis, settings, logger);
  const tenantLimits = createTenantLimits(db, settings);
  const metering = createMetering({ settings, ledger, budgets, usage, tenantLimits, logger });
  const embeddings = chargeEmbeddings({ budgets, ledger, usage, logger });
  return {
    redis,
    ledger,
    usage,
    balances: createBudgetBalances(budgets, ledger),
    metering,
    tenantLimits,
    privateName,
    onEmbedded: embeddings.charge,
    rotating: [
      {
        setting: 'REDIS_URL',
        prepare: async ({ REDIS_URL }) => {
          const url = REDIS_URL.reveal();
          if (redis && url !== undefined) return redis.prepare(url);
          throw new SettingsError('REDIS_URL: whether there is a Redis is changed by a restart alone.');
        },
      },
    ],
    close: async () => {
      await metering.close();
      await embeddings.close();
      await usage.close();
      ledger.close();
      redis?.close();
    },
  };
}

async function openRedis(settings: Settings, logger: Logger): Promise<Redis | undefined> {
  const url = settings.REDIS_URL.reveal();
  if (url === undefined) return undefined;
  const open = () => connectRedis(url, { mayBeAway: settings.REDIS_DOWN === 'local', logger });
  return openPatiently('REDIS_URL', open, settings, logger);
}

function openLedger(redis: Redis | undefined, { REDIS_DOWN }: Settings, logger: Logger): Ledger {
  if (!redis) return createMemoryLedger();
  const shared = createRedisLedger(redis);
  if (REDIS_DOWN === 'deny') return shared;
  const isAway = () => redis.isAway();
  return createLedgerWithFallback({ shared, isAway, createLocal: createMemoryLedger, logger });
}
