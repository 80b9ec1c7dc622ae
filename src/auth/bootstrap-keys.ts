import { timingSafeEqual } from 'node:crypto';
import type { Settings } from '../config/schema.ts';
import { hashKey, publicId } from './api-keys.ts';
import type { KnownKeys } from './known-keys.ts';
import { DEFAULT_TENANT, type Principal } from './principal.ts';

/** A key that is known without a database, remembered as its hash. */
export type BootstrapKey = { hash: Buffer; principal: Principal; generation: 0 };

export function queryKey(key: string): BootstrapKey {
  return { hash: hashKey(key), principal: principalOf(publicId(key), ['query']), generation: 0 };
}

/** A key with every scope, which manages the keys of every tenant. */
export function adminKey(hash: Buffer, keyId: string): BootstrapKey {
  return { hash, principal: { ...principalOf(keyId, ['admin']), isGlobal: true }, generation: 0 };
}

function principalOf(keyId: string, scopes: Principal['scopes']): Principal {
  return { tenant: DEFAULT_TENANT, subject: `key:${keyId}`, scopes, groups: [], keyId };
}

/** The keys of the settings, and `further` ones. Every one is compared, in constant time, whichever matches. */
export function createBootstrapKeys(settings: Settings, further: readonly BootstrapKey[]): KnownKeys {
  const queryKeys = settings.API_KEYS.derive((keys) => keys.map(queryKey));
  const adminKeys = settings.ADMIN_API_KEYS.derive((keys) =>
    keys.map((key) => adminKey(hashKey(key), publicId(key))),
  );
  const all = () => [...queryKeys(), ...adminKeys(), ...further];
  return {
    identify: async (key) => {
      const hash = hashKey(key);
      return all()
        .filter((known) => timingSafeEqual(known.hash, hash))
        .at(-1);
    },
    find: async (id) => all().findLast(({ principal }) => principal.keyId === id),
  };
}
