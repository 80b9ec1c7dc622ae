import { z } from 'zod';
import { defineRoute, type Route } from '../../src/api/route.ts';
import type { KeyDraft, KeyStore, StoredKey } from '../../src/auth/key-store.ts';
import { AppError } from '../../src/errors/app-error.ts';
import { managedBy, tenantOf } from '../row-scope.ts';
import { issuedKeySchema, keySchema, keysQuery, newKeySchema, overlapSchema } from './key-fields.ts';

const oneKey = z.object({ id: z.string().max(100) });

/** `/admin/keys`: making, looking at, rotating and ending keys. */
export function keyRoutes(keys: KeyStore): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/admin/keys',
      scope: 'admin',
      action: 'keys.create',
      summary: 'Make a key',
      body: newKeySchema,
      example: { name: 'the wiki bot', scopes: ['query'], requests_per_minute: 600 },
      replies: { 201: { description: 'The key, shown this once', schema: issuedKeySchema } },
      handle: async ({ principal, body, note }) => {
        const own = tenantOf(principal);
        const tenant = body.tenant ?? own;
        if (tenant !== own && !principal?.isGlobal)
          throw new AppError('forbidden', 'This key makes keys for its own tenant alone.');
        refuseWiderGroups(body.groups, principal?.groups ?? []);
        const { key, ...stored } = await keys.create(keyDraft(body, tenant), principal!.subject);
        note({ target: stored.id, tenant: stored.tenant });
        return { status: 201, body: { ...keyBody(stored), key } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/admin/keys',
      scope: 'admin',
      action: 'keys.list',
      summary: 'List keys, newest first',
      query: keysQuery,
      replies: {
        200: {
          description: 'A page',
          schema: z.object({ keys: z.array(keySchema), next_cursor: z.string().nullable() }),
        },
      },
      handle: async ({ principal, query }) => {
        const page = await keys.list(managedBy(principal), query);
        return { status: 200, body: { keys: page.keys.map(keyBody), next_cursor: page.nextCursor } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/admin/keys/:id/rotate',
      scope: 'admin',
      action: 'keys.rotate',
      summary: 'Give a key a new secret',
      params: oneKey,
      body: overlapSchema,
      example: { overlap_seconds: 3_600 },
      replies: {
        200: { description: 'The key with its new secret, shown this once', schema: issuedKeySchema },
      },
      handle: async ({ principal, params, body, note }) => {
        const { key, ...stored } = await keys.rotate(managedBy(principal), params.id, body.overlap_seconds);
        note({ target: stored.id, tenant: stored.tenant });
        return { status: 200, body: { ...keyBody(stored), key } };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/admin/keys/:id',
      scope: 'admin',
      action: 'keys.revoke',
      summary: 'Revoke a key',
      params: oneKey,
      replies: { 204: { description: 'Revoked: no process accepts it a second from now' } },
      handle: async ({ principal, params, note }) => {
        const { id, tenant } = await keys.revoke(managedBy(principal), params.id);
        note({ target: id, tenant });
        return { status: 204 };
      },
    }),
  ];
}

/** What a request or a command line asks for, as the application knows it. */
export function keyDraft(body: z.output<typeof newKeySchema>, tenant: string): KeyDraft {
  return {
    name: body.name,
    tenant,
    scopes: body.scopes,
    groups: body.groups,
    expiresAt: body.expires_at === null ? null : new Date(body.expires_at),
    requestsPerMinute: body.requests_per_minute,
    budgetUsdPerDay: body.budget_usd_per_day,
  };
}

/** With groups nobody makes a key that sees more than they do: one without groups manages every document. */
function refuseWiderGroups(groups: readonly string[], own: readonly string[]): void {
  if (own.length === 0 || (groups.length > 0 && groups.every((group) => own.includes(group)))) return;
  throw new AppError(
    'forbidden',
    "A key with groups makes keys of its own groups alone: name some in 'groups'.",
  );
}

function keyBody(key: StoredKey): z.infer<typeof keySchema> {
  return {
    id: key.id,
    name: key.name,
    tenant: key.tenant,
    scopes: key.scopes,
    groups: key.groups,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    status: key.status,
    requests_per_minute: key.requestsPerMinute,
    budget_usd_per_day: key.budgetUsdPerDay,
  };
}
