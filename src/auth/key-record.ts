import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database } from '../db/database.ts';
import type { KnownKey } from './known-keys.ts';
import type { Principal, Scope } from './principal.ts';

/** What the database knows of a key. */
export type KeyRecord = {
  id: string;
  tenant: string;
  scopes: Scope[];
  groups: string[];
  mac: Buffer;
  /** Of the newest secret; the one before it had the number before. */
  generation: number;
  previousMac: Buffer | null;
  previousUntil: Date | null;
  requestsPerMinute: number | null;
  budgetUsdPerDay: number | null;
  expiresAt: Date | null;
  revokedAt: Date | null;
};

/** Before any tenant is known: one record by its public id. */
export async function readKeyRecord(db: Database, id: string): Promise<KeyRecord | undefined> {
  const [record] = await db.withoutScope((tx) =>
    tx.query<KeyRecord>(
      `select id, tenant, scopes, groups, mac, generation, previous_mac as "previousMac", previous_until as "previousUntil",
              requests_per_minute as "requestsPerMinute", budget_usd_per_day::float8 as "budgetUsdPerDay",
              expires_at as "expiresAt", revoked_at as "revokedAt"
         from find_api_key($1)`,
      [id],
      'find-api-key',
    ),
  );
  return record;
}

/** A key has two secrets while a rotation's overlap lasts. */
export type WhichSecret = 'newest' | 'previous';

/** Compared where there is no record: an unknown id takes as long as a wrong secret. */
const NOTHING = randomBytes(32);

/** Which of a record's secrets these HMACs are of. All are compared, in constant time, whichever matches. */
export function secretOf(record: KeyRecord | undefined, macs: readonly Buffer[]): WhichSecret | undefined {
  const matches = (stored: Buffer) => macs.filter((mac) => timingSafeEqual(mac, stored)).length > 0;
  const isNewest = matches(record?.mac ?? NOTHING);
  const isPrevious = matches(record?.previousMac ?? NOTHING);
  return isNewest ? 'newest' : isPrevious ? 'previous' : undefined;
}

/** Which of a record's secrets was the one of this generation. */
export function secretOfGeneration(record: KeyRecord, generation: number): WhichSecret | undefined {
  if (generation === record.generation) return 'newest';
  return generation === record.generation - 1 ? 'previous' : undefined;
}

/** The key as it may be used now with this secret; undefined when it has ended. */
export function knownKey(record: KeyRecord, secret: WhichSecret): KnownKey | undefined {
  const ends = [record.expiresAt, secret === 'previous' ? record.previousUntil : null]
    .filter((end) => end !== null)
    .map(Number);
  const until = Math.min(...ends);
  if (record.revokedAt || until <= Date.now()) return undefined;
  const generation = record.generation - (secret === 'previous' ? 1 : 0);
  return {
    principal: principalOf(record),
    generation,
    ...(ends.length > 0 ? { until: new Date(until) } : {}),
  };
}

function principalOf({
  id,
  tenant,
  scopes,
  groups,
  requestsPerMinute,
  budgetUsdPerDay,
}: KeyRecord): Principal {
  const limits = {
    ...(requestsPerMinute === null ? {} : { requestsPerMinute }),
    ...(budgetUsdPerDay === null ? {} : { budgetUsdPerDay }),
  };
  return { tenant, subject: `key:${id}`, scopes, groups, keyId: id, limits };
}
