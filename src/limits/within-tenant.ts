import { AppError } from '../errors/app-error.ts';
import type { TenantLimits } from './tenant-limits.ts';

/** What a key may be given for itself; null: nothing of its own. */
type OwnLimits = { requestsPerMinute: number | null; budgetUsdPerDay: number | null };

/** @throws AppError `invalid_request` for a key that could do more than its whole tenant */
export function assertWithinTenant(own: OwnLimits, tenant: TenantLimits): void {
  assertAtMost('requests_per_minute', own.requestsPerMinute, tenant.requestsPerMinute);
  const budgets = [tenant.budgetUsdPerDay, tenant.budgetUsdPerMonth].filter((budget) => budget !== null);
  assertAtMost('budget_usd_per_day', own.budgetUsdPerDay, budgets.length > 0 ? Math.min(...budgets) : null);
}

function assertAtMost(path: string, asked: number | null, most: number | null): void {
  if (asked === null || most === null || asked <= most) return;
  throw new AppError(
    'invalid_request',
    `A key cannot have more than its tenant: ${path} is at most ${most}.`,
    {
      issues: [{ path, message: `the tenant's own limit is ${most}` }],
    },
  );
}
