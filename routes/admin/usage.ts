import { z } from 'zod';
import { defineRoute, type Route } from '../../src/api/route.ts';
import type { BudgetBalance, BudgetBalances } from '../../src/limits/budget-balances.ts';
import { dayOf } from '../../src/limits/period.ts';
import { MOST_LINES, USAGE_GROUPINGS, type UsageLine, type UsageLog } from '../../src/limits/usage-log.ts';
import { usdOf } from '../../src/llms/prices.ts';
import { managedBy } from '../row-scope.ts';

export type UsageRouteOptions = { usage: UsageLog; balances: BudgetBalances };

const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;
/** Postgres has no year 0. */
const FIRST_DAY = '0001-01-01';

const day = z.iso.date().refine((text) => text >= FIRST_DAY, `not before ${FIRST_DAY}`);

/** What is asked for; by the same names in a request and on the command line. */
export const usageQuery = z
  .strictObject({
    by: z.enum(USAGE_GROUPINGS).default('user'),
    since: day.optional().describe('first day (UTC); 30 days ago where absent'),
    until: day.optional().describe('last day; today where absent'),
  })
  .transform(({ by, since, until }) => ({
    by,
    since: since ?? dayOf(new Date(Date.now() - DEFAULT_DAYS * DAY_MS)),
    until: until ?? dayOf(new Date()),
  }));

const lineSchema = z.object({
  user: z.string().optional(),
  key: z.string().optional(),
  day: z.string().optional(),
  tenant: z.string().optional(),
  requests: z.number().int(),
  prompt_tokens: z.number().int(),
  completion_tokens: z.number().int(),
  total_tokens: z.number().int(),
  cost_usd: z.number(),
});

const balanceSchema = z.object({
  limit_usd: z.number(),
  spent_usd: z.number(),
  reserved_usd: z.number(),
});

/** `GET /admin/usage`: what was used, of the caller's tenant; of every tenant, with what is left, for a global key. */
export function usageRoute({ usage, balances }: UsageRouteOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/admin/usage',
    scope: 'admin',
    action: 'usage.read',
    summary: 'What was used, by user, key or day',
    query: usageQuery,
    replies: {
      200: {
        description: `Most expensive first; days latest first; no more than ${MOST_LINES} lines`,
        schema: z.object({
          by: z.enum(USAGE_GROUPINGS),
          since: z.string(),
          until: z.string(),
          usage: z.array(lineSchema),
          budgets: z
            .object({ day: balanceSchema.optional(), month: balanceSchema.optional() })
            .optional()
            .describe('of the whole server; for global keys'),
        }),
      },
    },
    handle: async ({ principal, query }) => {
      const { by, since, until } = query;
      const lines = await usage.report(managedBy(principal), by, { since, until });
      const body = { by, since, until, usage: lines.map((line) => lineBody(by, line)) };
      if (!principal?.isGlobal) return { status: 200, body };
      const { day, month } = await balances();
      const budgets = {
        ...(day ? { day: balanceBody(day) } : {}),
        ...(month ? { month: balanceBody(month) } : {}),
      };
      return { status: 200, body: { ...body, budgets } };
    },
  });
}

function balanceBody({ limitUsd, spentUsd, reservedUsd }: BudgetBalance): z.infer<typeof balanceSchema> {
  return { limit_usd: limitUsd, spent_usd: spentUsd, reserved_usd: reservedUsd };
}

function lineBody(
  by: string,
  { name, tenant, requests, promptTokens, completionTokens, nanoUsd }: UsageLine,
) {
  return {
    [by]: name,
    ...(tenant === null ? {} : { tenant }),
    requests,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    cost_usd: usdOf(nanoUsd),
  };
}
