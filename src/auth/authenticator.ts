import type { Settings } from '../config/schema.ts';
import { AppError } from '../errors/app-error.ts';
import { findKey, keyRecord, type KeyRecord } from './api-keys.ts';
import { verifyToken } from './bearer-tokens.ts';
import type { Principal } from './principal.ts';

export type Credentials = { apiKey?: string | undefined; authorization?: string | undefined };

/**
 * Says who sends these credentials.
 *
 * @throws AppError `unauthenticated`, with the same words whatever is wrong with them
 */
export type Authenticator = (credentials: Credentials) => Principal;

const BEARER = /^Bearer ([\x21-\x7e]+)$/i;

export function createAuthenticator(settings: Settings, further: readonly KeyRecord[] = []): Authenticator {
  const records = [
    ...settings.API_KEYS.map((key) => keyRecord(key, ['query'])),
    ...settings.ADMIN_API_KEYS.map((key) => keyRecord(key, ['admin'])),
    ...further,
  ];
  const secret = settings.JWT_SECRET;
  const tokens =
    secret === undefined
      ? undefined
      : { secret, issuer: settings.JWT_ISSUER, audience: settings.JWT_AUDIENCE };
  return ({ apiKey, authorization }) => {
    const token = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
    const principal =
      apiKey === undefined ? token && tokens && verifyToken(token, tokens) : findKey(records, apiKey);
    if (!principal) {
      throw new AppError(
        'unauthenticated',
        'Send a valid key in X-API-Key, or a valid bearer token in Authorization.',
        {
          error: 'Invalid API key',
        },
      );
    }
    return principal;
  };
}

/** Whether anybody could authenticate with these settings alone. */
export function hasCredentials(settings: Settings): boolean {
  return (
    settings.API_KEYS.length > 0 || settings.ADMIN_API_KEYS.length > 0 || settings.JWT_SECRET !== undefined
  );
}
