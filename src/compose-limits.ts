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
import { createUsageLog, type UsageLog } from './limits/usage-log.ts';
import type { OnUsage } from './embedders/embedder.ts';
import type { Logger } from './observability/logger.ts';
import { connectRedis, type Redis } from './redis/connect-redis.ts';

/** What counts, and in what. */
export type Limits = {
  redis: Redis | undefined;
  ledger: Ledger;
  usage: UsageLog;
  balances: BudgetBalances;
  metering: Metering;
  /** What a caller or an address is called in Redis. */
  privateName: PrivateName;
};

export type ComposedLimits = Limits & { onEmbedded: OnUsage; close: () => Promise<void> };

/**
 * @throws SettingsError for a budget on a model without a price
 * @throws AppError `unavailable` when Redis cannot be reached and must not be away
 */
export async function composeLimits(
  settings: Settings,
  db: Database,
  logger: Logger,
): Promise<ComposedLimits> {
  assertBudgetsCanBeKept(settings);
  const privateName = createPrivateName(settings.API_KEY_PEPPER);
  const usage = createUsageLog(db, logger);
  const budgets = createBudgets({ settings, usage, privateName });
  const redis = await openRedis(settings, logger);
  const ledger = openLedger(redis, settings, logger);
  const metering = createMetering({ settings, ledger, budgets, usage, logger });
  const charge = chargeEmbeddings({ budgets, ledger, usage, logger });
  return {
    redis,
    ledger,
    usage,
    balances: createBudgetBalances(budgets, ledger),
    metering,
    privateName,
    onEmbedded: (embedded) => void charge(embedded),
    close: async () => {
      await metering.close();
      await usage.close();
      ledger.close();
      redis?.close();
    },
  };
}

async function openRedis({ REDIS_URL, REDIS_DOWN }: Settings, logger: Logger): Promise<Redis | undefined> {
  if (REDIS_URL === undefined) return undefined;
  return connectRedis(REDIS_URL, { mayBeAway: REDIS_DOWN === 'local', logger });
}

function openLedger(redis: Redis | undefined, { REDIS_DOWN }: Settings, logger: Logger): Ledger {
  if (!redis) return createMemoryLedger();
  const shared = createRedisLedger(redis);
  if (REDIS_DOWN === 'deny') return shared;
  const isAway = () => redis.isAway();
  return createLedgerWithFallback({ shared, isAway, createLocal: createMemoryLedger, logger });
}
