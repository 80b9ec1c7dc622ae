import type { Principal } from '../auth/principal.ts';
import { SettingsError } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { embeddingPriceOf } from '../embedders/openai-embedder.ts';
import { AppError } from '../errors/app-error.ts';
import type { MostTokens } from '../llms/answer-model.ts';
import { nanoUsd, priceOf, usdOf } from '../llms/prices.ts';
import type { Logger } from '../observability/logger.ts';
import type { Budgets, Limit } from './budgets.ts';
import type { Ledger } from './ledger.ts';
import { createMeter, type Meter } from './meter.ts';
import type { TenantLimitStore } from './tenant-limits.ts';
import type { UsageLog } from './usage-log.ts';

export type Metering = {
  /**
   * Reserves what an answer may cost in every limit of the caller; one of no tokens costs nothing.
   *
   * @throws AppError `rate_limited`, `token_limited`, `budget_exceeded`, or `unavailable` where that cannot be known
   */
  open(caller: Principal, call: { stream: boolean; most: MostTokens }): Promise<Meter>;
  /** Waits for what is being settled. */
  close(): Promise<void>;
};

export type MeteringOptions = {
  settings: Settings;
  ledger: Ledger;
  budgets: Budgets;
  usage: UsageLog;
  tenantLimits: Pick<TenantLimitStore, 'of'>;
  logger: Logger;
};

const NO_PRICE =
  'The model has no price, so that no budget can be kept: set LLM_PRICE_PER_MILLION_INPUT_TOKENS and LLM_PRICE_PER_MILLION_OUTPUT_TOKENS.';
const NO_EMBEDDING_PRICE =
  'The embedding model has no price, so that no budget can be kept: set EMBEDDING_PRICE_PER_MILLION_TOKENS.';
/** No waiting makes a question cheaper; clients that obey Retry-After should not hurry either. */
const RETRY_DEAR_REQUEST_SECONDS = 60;

const BUDGETS = [
  'BUDGET_USD_PER_REQUEST',
  'BUDGET_USD_PER_USER_PER_DAY',
  'BUDGET_USD_PER_DAY',
  'BUDGET_USD_PER_MONTH',
  'TENANT_BUDGET_USD_PER_DAY',
  'TENANT_BUDGET_USD_PER_MONTH',
] as const;

/** @throws SettingsError for a budget on a model, or an embedder, without a price: it could not be kept */
export function assertBudgetsCanBeKept(settings: Settings): void {
  if (BUDGETS.every((name) => settings[name] === undefined)) return;
  if (!priceOf(settings)) throw new SettingsError(NO_PRICE);
  if (settings.EMBEDDING_PROVIDER === 'openai' && embeddingPriceOf(settings) === undefined)
    throw new SettingsError(NO_EMBEDDING_PRICE);
}

/** Metering of answers: the limits of their callers, kept in the ledger, and what they used, kept in the log. */
export function createMetering({
  settings,
  ledger,
  budgets,
  usage,
  tenantLimits,
  logger,
}: MeteringOptions): Metering {
  const price = priceOf(settings);
  const perRequestUsd = settings.BUDGET_USD_PER_REQUEST;
  const settlements = new Set<Promise<void>>();

  return {
    close: async () => {
      await Promise.all(settlements);
    },
    async open(caller, { stream, most }) {
      const tokens = most.prompt + most.completion;
      const tenant = await tenantLimits.of(caller.tenant);
      const limits = budgets.of(caller, tenant, { stream, costs: tokens > 0 });
      const cost = price ? nanoUsd(price, most.prompt, most.completion) : 0;
      const isBudget = ({ unit, account }: Limit) => unit === 'nano-dollars' && account.limit < Infinity;
      if (!price && limits.some(isBudget)) throw tooDear(NO_PRICE);
      if (perRequestUsd !== undefined && cost > perRequestUsd * 1e9)
        throw tooDear(`This question could cost up to $${usdOf(cost)}, and one may cost $${perRequestUsd}.`);
      const amounts = { tokens, 'nano-dollars': cost, streams: 1 };
      const entries = limits.map(({ account, unit }) => ({ account, amount: amounts[unit] }));
      const reservation = entries.length > 0 ? await ledger.reserve(entries) : undefined;
      if (reservation?.granted === false) {
        const { refusedBy, retryAfterMs } = reservation;
        throw limits.find(({ account }) => account === refusedBy)!.refusal(retryAfterMs);
      }
      return createMeter({
        most,
        price,
        stream,
        settle: (spent) => {
          usage.add(caller, spent);
          if (!reservation) return;
          const used = {
            tokens: spent.promptTokens + spent.completionTokens,
            'nano-dollars': spent.nanoUsd,
            streams: 0,
          };
          const settling = ledger
            .settle(
              reservation.id,
              limits.map(({ unit }) => used[unit]),
            )
            .catch((error: unknown) =>
              logger.warn('a reserve was not settled: it counts as spent once it runs out', { error }),
            )
            .finally(() => settlements.delete(settling));
          settlements.add(settling);
        },
      });
    },
  };
}

function tooDear(detail: string): AppError {
  return new AppError('budget_exceeded', detail, {
    error: 'Budget exceeded',
    scope: 'server',
    retryAfterSeconds: RETRY_DEAR_REQUEST_SECONDS,
  });
}
