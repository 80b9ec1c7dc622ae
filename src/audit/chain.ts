import { hash } from 'node:crypto';

/** What the first record of a chain follows. */
export const NO_HASH = Buffer.alloc(32);

const VERSION = Buffer.from([1]);

/**
 * SHA-256 over version, hash of the record before, place, length of the tenant, tenant, and the event's canonical JSON; the
 * same as `audit_hash` of the database computes. Integers are big-endian.
 */
export function recordHash(previous: Buffer, tenant: string, seq: number, event: string): Buffer {
  const name = Buffer.from(tenant);
  const place = Buffer.alloc(12);
  place.writeBigInt64BE(BigInt(seq));
  place.writeInt32BE(name.length, 8);
  return hash('sha256', Buffer.concat([VERSION, previous, place, name, Buffer.from(event)]), 'buffer');
}
