import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { Settings } from '../config/schema.ts';

/**
 * What signs our own tokens, first the newest: made for that alone, of the secret that all processes on the database share and of
 * the pepper, where there is one. Neither the one nor the other is enough to make a token, and no secret of an issuer is in it.
 */
export function createOwnTokenKeys(
  { API_KEY_PEPPER, API_KEY_PEPPER_PREVIOUS }: Pick<Settings, 'API_KEY_PEPPER' | 'API_KEY_PEPPER_PREVIOUS'>,
  ownSecret: Buffer,
): () => readonly KeyObject[] {
  const keyOf = (pepper: string | undefined) =>
    pepper === undefined
      ? undefined
      : createSecretKey(Buffer.from(hkdfSync('sha256', pepper, ownSecret, 'sallyport/tokens', 32)));
  const withoutPepper = createSecretKey(ownSecret);
  const newest = API_KEY_PEPPER.derive(keyOf);
  const previous = API_KEY_PEPPER_PREVIOUS.derive(keyOf);
  return () => {
    const former = API_KEY_PEPPER.accepted().slice(1).map(keyOf);
    const keys = [newest(), ...former, previous()].filter((key) => key !== undefined);
    return keys.length > 0 ? keys : [withoutPepper];
  };
}
