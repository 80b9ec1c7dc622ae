import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** The HMACs under which a key may be stored; the first is the one to store. */
export type KeyMacs = (key: string) => [Buffer, ...Buffer[]];

/**
 * HMAC-SHA256 under the pepper, where one is set, and under the database's own secret: keys from before the pepper go
 * on working until they are rotated.
 */
export function createKeyMacs(pepper: string | undefined, ownSecret: Buffer): KeyMacs {
  const own = createSecretKey(ownSecret);
  const peppered = pepper === undefined ? undefined : createSecretKey(pepper, 'utf8');
  return (key) => (peppered ? [mac(peppered, key), mac(own, key)] : [mac(own, key)]);
}

function mac(secret: KeyObject, key: string): Buffer {
  return createHmac('sha256', secret).update(key).digest();
}
