import { createHmac } from 'node:crypto';
import type { Settings } from '../config/schema.ts';

export type KeyMac = {
  mac: Buffer;
  /** Which pepper it was made under: 64 bits of an HMAC of its own. */
  pepperId: string;
};

/** HMAC-SHA256 of keys. */
export type KeyMacs = {
  /** Under the newest pepper. */
  toStore(key: string): KeyMac;
  /** Every one under which the key may be stored. */
  candidates(key: string): Buffer[];
  /** The peppers that those are made under. */
  pepperIds(): string[];
};

type Pepper = string | Buffer;
type PepperSettings = Pick<Settings, 'API_KEY_PEPPER' | 'API_KEY_PEPPER_PREVIOUS'>;

const PEPPER_ID_CHARS = 16;

/**
 * Keys are stored under the pepper where one is set, else under the database's own secret. What was stored under that secret,
 * or under a pepper that is still accepted, opens until it is rotated.
 */
export function createKeyMacs(
  { API_KEY_PEPPER, API_KEY_PEPPER_PREVIOUS }: PepperSettings,
  ownSecret: Buffer,
): KeyMacs {
  const peppers = (): Pepper[] => [
    ...[...API_KEY_PEPPER.accepted(), API_KEY_PEPPER_PREVIOUS.reveal()].filter((one) => one !== undefined),
    ownSecret,
  ];
  return {
    toStore: (key) => {
      const pepper = API_KEY_PEPPER.reveal() ?? ownSecret;
      return { mac: mac(pepper, key), pepperId: idOf(pepper) };
    },
    candidates: (key) => peppers().map((pepper) => mac(pepper, key)),
    pepperIds: () => peppers().map(idOf),
  };
}

function mac(pepper: Pepper, text: string): Buffer {
  return createHmac('sha256', pepper).update(text).digest();
}

function idOf(pepper: Pepper): string {
  return mac(pepper, 'id').toString('hex').slice(0, PEPPER_ID_CHARS);
}
