import type { Principal } from '../auth/principal.ts';
import type { Settings } from '../config/schema.ts';
import { AppError, type LimitScope } from '../errors/app-error.ts';
import { callerName } from './caller-name.ts';
import type { Account } from './ledger.ts';
import { periodOf, type Period } from './period.ts';
import type { KnownLimits } from './tenant-limits.ts';
import type { UsageLog } from './usage-log.ts';

/** An account that a call is reserved in, and what its caller is told when there is no room. */
export type Limit = {
  account: Account;
  unit: 'tokens' | 'nano-dollars' | 'streams';
  refusal(retryAfterMs: number): AppError;
};

/** The limits as they stand now. Days and months are those of UTC. */
export type Budgets = {
  /** All that an answer to this caller falls under: its own, its tenant's, everybody's. */
  of(caller: Principal, tenant: KnownLimits, call: { stream: boolean; costs: boolean }): Limit[];
  /** Those in dollars that all callers share. */
  shared(): { day?: Limit; month?: Limit };
};

export type BudgetsOptions = {
  settings: Settings;
  usage: UsageLog;
  /** What a name is in Redis, which others may read. */
  privateName: (name: string) => string;
};

const MINUTE_MS = 60_000;

export function createBudgets({ settings, usage, privateName }: BudgetsOptions): Budgets {
  const { TOKENS_PER_MINUTE_PER_USER: mostTokens, CONCURRENT_STREAMS_PER_USER: mostStreams } = settings;

  const shared = (): ReturnType<Budgets['shared']> => {
    const limitOf = (unit: 'day' | 'month', limitUsd: number | undefined) => {
      if (limitUsd === undefined) return {};
      const period = periodOf(unit);
      const spentBefore = () => usage.spent(period);
      return { [unit]: dollars('server', unit, { name: period.name, limitUsd, period, spentBefore }) };
    };
    return {
      ...limitOf('day', settings.BUDGET_USD_PER_DAY),
      ...limitOf('month', settings.BUDGET_USD_PER_MONTH),
    };
  };

  /** What all callers of a tenant use together. */
  const ofTenant = (tenant: string, limits: KnownLimits): Limit[] => {
    const name = privateName(JSON.stringify([tenant]));
    const budgets = { day: limits.budgetUsdPerDay, month: limits.budgetUsdPerMonth };
    return [
      ...(limits.tokensPerMinute === null ? [] : [tokens('tenant', name, limits.tokensPerMinute)]),
      ...(['day', 'month'] as const).flatMap((unit) => {
        // Counted without a budget too: one that is set again later must know of what was spent meanwhile.
        if (budgets[unit] === null && !limits.isSet) return [];
        const period = periodOf(unit);
        const limitUsd = budgets[unit] ?? Infinity;
        const spentBefore = () => usage.spent(period, { tenant });
        return [dollars('tenant', unit, { name: `${name}:${period.name}`, limitUsd, period, spentBefore })];
      }),
    ];
  };
  return {
    shared,
    of: (caller, tenant, { stream, costs }) => {
      const name = privateName(callerName(caller));
      const limits: Limit[] = [];
      if (stream)
        limits.push({
          unit: 'streams',
          account: { name: `streams:${name}`, limit: mostStreams },
          refusal: refuse(
            'rate_limited',
            'key',
            `No more than ${mostStreams} answers may be streamed at once.`,
          ),
        });
      if (!costs) return limits;
      limits.push(tokens('key', name, mostTokens));
      const limitUsd = caller.limits?.budgetUsdPerDay ?? settings.BUDGET_USD_PER_USER_PER_DAY;
      if (limitUsd !== undefined) {
        const period = periodOf('day');
        const spentBefore = () => usage.spent(period, caller);
        limits.push(dollars('key', 'day', { name: `${name}:${period.name}`, limitUsd, period, spentBefore }));
      }
      return [...limits, ...ofTenant(caller.tenant, tenant), ...Object.values(shared())];
    },
  };
}

const WHOSE = { key: 'this caller', tenant: 'this tenant', server: 'the server' };
const WHEN = { day: 'for today', month: 'for this month' };

function tokens(scope: LimitScope, name: string, limit: number): Limit {
  return {
    unit: 'tokens',
    account: { name: `tokens:${name}`, limit, window: { forMs: MINUTE_MS } },
    refusal: refuse('token_limited', scope, `The limit of ${WHOSE[scope]} is ${limit} tokens a minute.`),
  };
}

type Dollars = { name: string; limitUsd: number; period: Period; spentBefore: () => Promise<number> };

function dollars(
  scope: LimitScope,
  unit: 'day' | 'month',
  { name, limitUsd, period, spentBefore }: Dollars,
): Limit {
  return {
    unit: 'nano-dollars',
    account: {
      name: `usd:${name}`,
      limit: Math.floor(limitUsd * 1e9),
      window: { until: period.endsAt },
      spentBefore,
    },
    refusal: refuse(
      'budget_exceeded',
      scope,
      `The budget of ${WHOSE[scope]} ${WHEN[unit]} is used up, or reserved by open questions.`,
    ),
  };
}

const SHORTLY = {
  rate_limited: 'Rate limit exceeded',
  token_limited: 'Token limit exceeded',
  budget_exceeded: 'Budget exceeded',
};

function refuse(code: keyof typeof SHORTLY, scope: LimitScope, detail: string): Limit['refusal'] {
  return (retryAfterMs) =>
    new AppError(code, detail, {
      error: SHORTLY[code],
      scope,
      retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)),
    });
}
