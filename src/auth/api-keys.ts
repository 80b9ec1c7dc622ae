import { createHash, randomBytes } from 'node:crypto';

const KEY = /^sp_([a-z0-9]{8}|[a-z0-9]{12})_[A-Za-z0-9_-]{32,}$/;
const KEY_ID = /^[a-z0-9]{8,12}$/;
const PUBLIC_ID = /^(env-[0-9a-f]{8}|[a-z0-9]{8,12})$/;

export function newKeyId(): string {
  return randomBytes(6).toString('hex');
}

/** A new key `sp_<public id>_<secret>`; the secret has 192 bits. */
export function generateKey(id: string): string {
  return `sp_${id}_${randomBytes(24).toString('base64url')}`;
}

/** The public id in a key; undefined for a key of any other form. */
export function keyIdIn(key: string): string | undefined {
  return KEY.exec(key)?.[1];
}

/** Whether a key could have this id: anything else need not be looked for. */
export function isKeyId(id: string): boolean {
  return KEY_ID.test(id);
}

/** The part of a key that may be shown and logged; a key of any other form is named by the start of its hash. */
export function publicId(key: string): string {
  return keyIdIn(key) ?? `env-${hashKey(key).toString('hex').slice(0, 8)}`;
}

/** Whether a text has the form of what keys are called in public: it is too short to be a key. */
export function isPublicId(text: string): boolean {
  return PUBLIC_ID.test(text);
}

/** SHA-256: enough for what has 192 random bits or was demanded to be long. */
export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
