import { hash } from 'node:crypto';

/** What the first record of a chain follows. */
export const NO_HASH = Buffer.alloc(32);

const VERSION = 1;
const VERSION_BYTES = 1;
const PLACE_BYTES = 12;

/**
 * SHA-256 over version, hash of the record before, place, length of the tenant, tenant, and the event's canonical JSON; the
 * same as `audit_hash` of the database computes. Integers are big-endian.
 */
export function recordHash(previous: Buffer, tenant: string, seq: number, event: string): Buffer {
  const nameBytes = Buffer.byteLength(tenant);
  const hashed = Buffer.allocUnsafe(
    VERSION_BYTES + previous.length + PLACE_BYTES + nameBytes + Buffer.byteLength(event),
  );
  let at = hashed.writeUInt8(VERSION);
  at += previous.copy(hashed, at);
  at = hashed.writeBigInt64BE(BigInt(seq), at);
  at = hashed.writeInt32BE(nameBytes, at);
  at += hashed.write(tenant, at);
  hashed.write(event, at);
  return hash('sha256', hashed, 'buffer');
}
