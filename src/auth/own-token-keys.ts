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
  return () => {
    const peppers = [...API_KEY_PEPPER.accepted(), API_KEY_PEPPER_PREVIOUS.reveal()];
    const known = peppers.filter((pepper) => pepper !== undefined);
    if (known.length === 0) return [createSecretKey(ownSecret)];
    return known.map((pepper) =>
      createSecretKey(Buffer.from(hkdfSync('sha256', pepper, ownSecret, 'sallyport/tokens', 32))),
    );
  };
}
