import type { Principal } from '../auth/principal.ts';
import type { Settings } from '../config/schema.ts';
import { AppError } from '../errors/app-error.ts';
import { callerName } from './caller-name.ts';
import type { Account } from './ledger.ts';
import { periodOf } from './period.ts';
import type { UsageLog } from './usage-log.ts';

/** An account that a call is reserved in, and what its caller is told when there is no room. */
export type Limit = {
  account: Account;
  unit: 'tokens' | 'nano-dollars' | 'streams';
  refusal(retryAfterMs: number): AppError;
};

/** The limits as they stand now. Days and months are those of UTC. */
export type Budgets = {
  /** All that an answer to this caller falls under. */
  of(caller: Principal, call: { stream: boolean; costs: boolean }): Limit[];
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
  const { BUDGET_USD_PER_DAY, BUDGET_USD_PER_MONTH } = settings;

  const shared = (): ReturnType<Budgets['shared']> => {
    const [today, thisMonth] = [periodOf('day'), periodOf('month')];
    return {
      ...(BUDGET_USD_PER_DAY === undefined
        ? {}
        : {
            day: dollars('the server for today', today.name, BUDGET_USD_PER_DAY, today.endsAt, () =>
              usage.spent(today),
            ),
          }),
      ...(BUDGET_USD_PER_MONTH === undefined
        ? {}
        : {
            month: dollars(
              'the server for this month',
              thisMonth.name,
              BUDGET_USD_PER_MONTH,
              thisMonth.endsAt,
              () => usage.spent(thisMonth),
            ),
          }),
    };
  };
  return {
    shared,
    of: (caller, { stream, costs }) => {
      const name = privateName(callerName(caller));
      const limits: Limit[] = [];
      if (stream)
        limits.push({
          unit: 'streams',
          account: { name: `streams:${name}`, limit: mostStreams },
          refusal: refuse('rate_limited', `No more than ${mostStreams} answers may be streamed at once.`),
        });
      if (!costs) return limits;
      limits.push({
        unit: 'tokens',
        account: { name: `tokens:${name}`, limit: mostTokens, window: { forMs: MINUTE_MS } },
        refusal: refuse('token_limited', `The limit is ${mostTokens} tokens a minute.`),
      });
      const usd = caller.limits?.budgetUsdPerDay ?? settings.BUDGET_USD_PER_USER_PER_DAY;
      if (usd !== undefined) {
        const today = periodOf('day');
        limits.push(
          dollars('this caller for today', `${name}:${today.name}`, usd, today.endsAt, () =>
            usage.spent(today, caller),
          ),
        );
      }
      return [...limits, ...Object.values(shared())];
    },
  };
}

function dollars(
  whose: string,
  name: string,
  usd: number,
  until: number,
  spentBefore: () => Promise<number>,
): Limit {
  return {
    unit: 'nano-dollars',
    account: { name: `usd:${name}`, limit: Math.floor(usd * 1e9), window: { until }, spentBefore },
    refusal: refuse('budget_exceeded', `The budget of ${whose} is used up, or reserved by open questions.`),
  };
}

const SHORTLY = {
  rate_limited: 'Rate limit exceeded',
  token_limited: 'Token limit exceeded',
  budget_exceeded: 'Budget exceeded',
};

function refuse(code: keyof typeof SHORTLY, detail: string): Limit['refusal'] {
  return (retryAfterMs) =>
    new AppError(code, detail, {
      error: SHORTLY[code],
      retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)),
    });
}
