import { z } from 'zod';
import { defineRoute, type Route } from '../../src/api/route.ts';
import type { TenantLimits, TenantLimitStore } from '../../src/limits/tenant-limits.ts';
import { storable } from '../question-fields.ts';
import { keyLimits } from './key-fields.ts';

const MOST_TOKENS = 1e12;

const oneTenant = z.object({ tenant: storable(z.string().min(1).max(100)) });
const limitsSchema = z.strictObject({
  requests_per_minute: keyLimits.requests_per_minute,
  tokens_per_minute: z.number().int().positive().max(MOST_TOKENS).nullable().default(null),
  budget_usd_per_day: keyLimits.budget_usd_per_day,
  budget_usd_per_month: keyLimits.budget_usd_per_day,
});
const reply = limitsSchema.required().extend({ tenant: z.string() }).describe('null: no limit');

/** `/admin/tenants/:tenant/limits`: what all callers of a tenant may use together. */
export function tenantRoutes(limits: TenantLimitStore): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/tenants/:tenant/limits',
      scope: 'admin',
      forGlobalKeys: true,
      action: 'tenants.limits.read',
      summary: 'See the limits of a tenant',
      params: oneTenant,
      replies: { 200: { description: 'Its limits, or those of the settings', schema: reply } },
      handle: async ({ params: { tenant }, note }) => {
        note({ tenant });
        return { status: 200, body: bodyOf(tenant, await limits.read(tenant)) };
      },
    }),
    defineRoute({
      method: 'put',
      path: '/admin/tenants/:tenant/limits',
      scope: 'admin',
      forGlobalKeys: true,
      action: 'tenants.limits.set',
      summary: 'Set the limits of a tenant: what is left out is as in the settings',
      params: oneTenant,
      body: limitsSchema,
      example: { requests_per_minute: 600, budget_usd_per_day: 5 },
      replies: { 200: { description: 'Its limits: every server obeys them within a second', schema: reply } },
      handle: async ({ principal, params: { tenant }, body, note }) => {
        note({ tenant });
        const asked = {
          requestsPerMinute: body.requests_per_minute,
          tokensPerMinute: body.tokens_per_minute,
          budgetUsdPerDay: body.budget_usd_per_day,
          budgetUsdPerMonth: body.budget_usd_per_month,
        };
        const set = await limits.set(tenant, asked, principal!.subject);
        return { status: 200, body: bodyOf(tenant, set) };
      },
    }),
  ];
}

function bodyOf(tenant: string, limits: TenantLimits): z.output<typeof reply> {
  return {
    tenant,
    requests_per_minute: limits.requestsPerMinute,
    tokens_per_minute: limits.tokensPerMinute,
    budget_usd_per_day: limits.budgetUsdPerDay,
    budget_usd_per_month: limits.budgetUsdPerMonth,
  };
}
