import type { AuditLog } from '../audit/audit-log.ts';
import type { Database } from '../db/database.ts';
import type { BudgetBalances } from '../limits/budget-balances.ts';
import type { Redis } from '../redis/connect-redis.ts';
import { storeFigures, type StoreFigures } from './store-figures.ts';
import type { Metrics, Reading } from './metrics.ts';
import { sharedFor } from './read-in-time.ts';

export type Observed = {
  metrics: Metrics;
  db: Database;
  audit: Pick<AuditLog, 'state'>;
  balances: BudgetBalances;
  redis: Redis | undefined;
};

/** How often the stores are asked at most, however often metrics are read. */
const FRESH_MS = 5_000;

/** Everything that is looked up when metrics are read: what waits, what is in use, how large the index is, what is spent. */
export function observeApplication({ metrics, db, audit, balances, redis }: Observed): void {
  metrics.gauge(
    'sallyport.audit.waiting',
    'Audit events that wait to be written',
    () => audit.state().waiting,
  );
  metrics.gauge('sallyport.database.connections', 'Connections of the pool to Postgres, by state', () => {
    const { total, idle } = db.pool();
    return [at('state', 'used', total - idle), at('state', 'idle', idle)];
  });
  metrics.gauge(
    'sallyport.database.waiting',
    'Transactions that wait for a connection',
    () => db.pool().waiting,
  );
  if (redis)
    metrics.gauge('sallyport.redis.away', 'Whether Redis cannot be reached: 1 or 0', () =>
      Number(redis.isAway()),
    );

  const figures = sharedFor(() => storeFigures(db), FRESH_MS);
  const figure = (read: (figures: StoreFigures) => Reading) => async () => read(await figures());
  metrics.gauge(
    'sallyport.ingest.jobs',
    'Ingest jobs that are not done, by state',
    figure(({ queued, running }) => [at('state', 'queued', queued), at('state', 'running', running)]),
  );
  metrics.gauge(
    'sallyport.index.documents',
    'Documents, of all tenants',
    figure(({ documents }) => documents),
  );
  metrics.gauge(
    'sallyport.index.chunks',
    'Chunks in the index, of all tenants',
    figure(({ chunks }) => chunks),
  );
  metrics.gauge(
    'sallyport.index.size',
    'Chunks and their vectors on disk, indexes included',
    figure(({ bytes }) => bytes),
    { unit: 'By' },
  );

  const budgets = sharedFor(async () => Object.entries(await balances()), FRESH_MS);
  metrics.gauge('sallyport.budget.limit_usd', 'Budgets that all callers share, USD', async () =>
    (await budgets()).map(([period, { limitUsd }]) => at('period', period, limitUsd)),
  );
  metrics.gauge('sallyport.budget.spent_usd', 'What is spent of them, USD', async () =>
    (await budgets()).map(([period, { spentUsd }]) => at('period', period, spentUsd)),
  );
  metrics.gauge('sallyport.budget.reserved_usd', 'What answers under way may cost at most, USD', async () =>
    (await budgets()).map(([period, { reservedUsd }]) => at('period', period, reservedUsd)),
  );
}

function at(label: string, which: string, value: number): { value: number; labels: Record<string, string> } {
  return { value, labels: { [label]: which } };
}
