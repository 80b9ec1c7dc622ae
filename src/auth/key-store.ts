import { managing, type Database, type RowScope, type Transaction } from '../db/database.ts';
import { decodeCursor, encodeCursor } from '../db/page-cursor.ts';
import { AppError } from '../errors/app-error.ts';
import type { TenantLimitStore } from '../limits/tenant-limits.ts';
import { assertWithinTenant } from '../limits/within-tenant.ts';
import { generateKey, isKeyId, newKeyId } from './api-keys.ts';
import type { KeyMacs } from './key-macs.ts';
import type { Scope } from './principal.ts';

export const KEY_STATUSES = ['active', 'expired', 'revoked'] as const;
export type KeyStatus = (typeof KEY_STATUSES)[number];

/** A key as it is managed: everything but its secret. */
export type StoredKey = {
  id: string;
  name: string;
  tenant: string;
  scopes: Scope[];
  groups: string[];
  createdAt: Date;
  expiresAt: Date | null;
  /** To about a minute. */
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  status: KeyStatus;
  requestsPerMinute: number | null;
  budgetUsdPerDay: number | null;
};

export type KeyDraft = Pick<
  StoredKey,
  'name' | 'tenant' | 'scopes' | 'groups' | 'expiresAt' | 'requestsPerMinute' | 'budgetUsdPerDay'
>;

/** `key` is the key itself, the one time that it is known. */
export type IssuedKey = StoredKey & { key: string };

export type KeyPage = { keys: StoredKey[]; nextCursor: string | null };
export type KeyQuery = { limit: number; cursor?: string | undefined };

/**
 * Makes, lists and ends keys. A key outside of the row scope is not found, as if it did not exist.
 *
 * @throws AppError `not_found` for an id; `unavailable` from each method when the database cannot be reached
 */
export type KeyStore = {
  /**
   * `createdBy` is kept, for those who look into the table.
   *
   * @throws AppError `invalid_request` for a key with more than its tenant may have
   */
  create(draft: KeyDraft, createdBy: string): Promise<IssuedKey>;
  /** Newest first. */
  list(scope: RowScope, query: KeyQuery): Promise<KeyPage>;
  /**
   * Gives a key a new secret; the one before opens until the overlap has passed, any older one no more.
   *
   * @throws AppError `conflict` for a key that has expired or was revoked
   */
  rotate(scope: RowScope, id: string, overlapSeconds: number): Promise<IssuedKey>;
  /** Ends a key for good; a second time, it does nothing. */
  revoke(scope: RowScope, id: string): Promise<StoredKey>;
  /** Whether any tenant has a key that opens. */
  hasActive(): Promise<boolean>;
  /** How many keys would open, but that their pepper is not known any more. */
  countOrphans(): Promise<number>;
};

const IS_ACTIVE = 'revoked_at is null and (expires_at is null or expires_at > now())';
/** A key is seen, given a secret and ended only by one that sees no less than it does. */
const isWithin = (own: string) => `(${own}::text[] = '{}' or groups <> '{}' and groups <@ ${own})`;
const FIELDS = `id, name, tenant, scopes, groups, created_at as "createdAt", expires_at as "expiresAt",
  last_used_at as "lastUsedAt", revoked_at as "revokedAt", requests_per_minute as "requestsPerMinute",
  budget_usd_per_day::float8 as "budgetUsdPerDay",
  case when revoked_at is not null then 'revoked' when ${IS_ACTIVE} then 'active' else 'expired' end as status`;

/** `changed` is told the id of a key that was rotated or revoked, once that is on disk. */
export function createKeyStore(
  db: Database,
  keyMacs: KeyMacs,
  tenantLimits: Pick<TenantLimitStore, 'read'>,
  changed: (id: string) => void,
): KeyStore {
  /** In a scope of managing rows; an id that no key can have is not asked for. */
  const change = async <Result>(
    scope: RowScope,
    id: string,
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result> => {
    if (!isKeyId(id)) throw notFound();
    const result = await db.withScope(scope, work);
    changed(id);
    return result;
  };
  return {
    create: async (draft, createdBy) => {
      assertWithinTenant(draft, await tenantLimits.read(draft.tenant));
      const id = newKeyId();
      const key = generateKey(id);
      const { mac, pepperId } = keyMacs.toStore(key);
      const rows = await db.withScope(managing(draft.tenant), (tx) =>
        tx.query<StoredKey>(
          `insert into api_keys (id, tenant, name, scopes, groups, mac, pepper_id, requests_per_minute, budget_usd_per_day, created_by, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning ${FIELDS}`,
          [
            id,
            draft.tenant,
            draft.name,
            draft.scopes,
            draft.groups,
            mac,
            pepperId,
            draft.requestsPerMinute,
            draft.budgetUsdPerDay,
            createdBy,
            draft.expiresAt,
          ],
        ),
      );
      return { ...rows[0]!, key };
    },
    list: (scope, { limit, cursor }) =>
      db.withScope(scope, async (tx) => {
        const after = cursor === undefined ? undefined : decodeCursor(cursor, isKeyId);
        const rows = await tx.query<StoredKey & { position: string }>(
          `select ${FIELDS}, (extract(epoch from created_at) * 1000000)::bigint::text as position from api_keys
            where ($1::bigint is null or (created_at, id) < (timestamptz 'epoch' + $1::bigint * interval '1 microsecond', $2))
              and ${isWithin('$4')}
            order by created_at desc, id desc limit $3`,
          [after?.[0] ?? null, after?.[1] ?? null, limit + 1, scope.groups],
        );
        const last = rows.length > limit ? rows[limit - 1] : undefined;
        return {
          keys: rows.slice(0, limit).map(({ position: _, ...key }) => key),
          nextCursor: last ? encodeCursor([last.position, last.id]) : null,
        };
      }),
    rotate: (scope, id, overlapSeconds) => {
      const key = generateKey(id);
      const { mac, pepperId } = keyMacs.toStore(key);
      return change(scope, id, async (tx) => {
        const [rotated] = await tx.query<StoredKey>(
          `update api_keys set mac = $2, pepper_id = $4, generation = generation + 1, previous_mac = case when $3::float8 > 0 then mac end,
                  previous_until = now() + make_interval(secs => $3::float8)
            where id = $1 and ${IS_ACTIVE} and ${isWithin('$5')} returning ${FIELDS}`,
          [id, mac, overlapSeconds, pepperId, scope.groups],
        );
        if (rotated) return { ...rotated, key };
        const ended = await tx.query(`select from api_keys where id = $1 and ${isWithin('$2')}`, [
          id,
          scope.groups,
        ]);
        if (ended.length === 0) throw notFound();
        throw new AppError('conflict', 'This key has expired or was revoked: make a new one.');
      });
    },
    revoke: (scope, id) =>
      change(scope, id, async (tx) => {
        const [revoked] = await tx.query<StoredKey>(
          `update api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 and ${isWithin('$2')} returning ${FIELDS}`,
          [id, scope.groups],
        );
        if (!revoked) throw notFound();
        return revoked;
      }),
    hasActive: () =>
      db.withScope({ ...managing(''), everyTenant: true }, async (tx) => {
        const active = await tx.query(`select from api_keys where ${IS_ACTIVE} limit 1`);
        return active.length > 0;
      }),
    countOrphans: () =>
      db.withScope({ ...managing(''), everyTenant: true }, async (tx) => {
        const [orphans] = await tx.query<{ count: number }>(
          `select count(*)::int from api_keys where ${IS_ACTIVE} and pepper_id <> all ($1)`,
          [keyMacs.pepperIds()],
        );
        return orphans!.count;
      }),
  };
}

function notFound(): AppError {
  return new AppError('not_found', 'There is no such key.');
}
