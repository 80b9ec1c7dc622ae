import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { DEFAULT_TENANT, type Principal, type Scope } from './principal.ts';

const KEY = /^sp_([a-z0-9]{8})_[A-Za-z0-9_-]{32,}$/;

/** A key as it is remembered: its SHA-256, enough for what has 192 random bits or was demanded to be long. */
export type KeyRecord = { hash: Buffer; principal: Principal };

export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** A new key `sp_<public id>_<secret>`; the secret has 192 bits. */
export function generateKey(): string {
  return `sp_${randomBytes(4).toString('hex')}_${randomBytes(24).toString('base64url')}`;
}

/** The part of a key that may be shown and logged; a key of any other form is named by the start of its hash. */
export function publicId(key: string): string {
  return KEY.exec(key)?.[1] ?? `env-${hashKey(key).toString('hex').slice(0, 8)}`;
}

export function keyRecord(key: string, scopes: readonly Scope[]): KeyRecord {
  return recordOf(hashKey(key), publicId(key), scopes);
}

export function recordOf(hash: Buffer, keyId: string, scopes: readonly Scope[]): KeyRecord {
  return { hash, principal: { tenant: DEFAULT_TENANT, subject: `key:${keyId}`, scopes, groups: [], keyId } };
}

/** Finds the principal of a key. Every record is compared, in constant time, whichever matches. */
export function findKey(records: readonly KeyRecord[], key: string): Principal | undefined {
  const hash = hashKey(key);
  let found: Principal | undefined;
  for (const record of records) if (timingSafeEqual(record.hash, hash)) found = record.principal;
  return found;
}
