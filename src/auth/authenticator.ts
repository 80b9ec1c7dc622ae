import type { Settings } from '../config/schema.ts';
import { AppError } from '../errors/app-error.ts';
import type { KnownKeys } from './known-keys.ts';
import { hasScope, SCOPES, type Principal } from './principal.ts';
import { trustsTokens, type TokenClaims, type Tokens } from './tokens.ts';

export type Credentials = { apiKey?: string | undefined; authorization?: string | undefined };

/**
 * Says who sends these credentials. With both, the key decides.
 *
 * @throws AppError `unauthenticated`, with the same words whatever is wrong with them; `unavailable` when they cannot be checked
 */
export type Authenticator = (credentials: Credentials) => Promise<Principal>;

const BEARER = /^Bearer ([\x21-\x7e]+)$/i;

export function createAuthenticator(keys: KnownKeys, tokens: Tokens): Authenticator {
  const byToken = async (authorization: string | undefined) => {
    const token = BEARER.exec(authorization ?? '')?.[1];
    const claims = token === undefined ? undefined : await tokens.verify(token);
    if (!claims?.key) return claims;
    const known = await keys.find(claims.key.id, claims.key.generation);
    return known && narrowed(known.principal, claims);
  };
  return async ({ apiKey, authorization }) => {
    const principal =
      apiKey === undefined ? await byToken(authorization) : (await keys.identify(apiKey))?.principal;
    if (!principal) throw unauthenticated();
    return principal;
  };
}

/** A token for a key can do what the key can now, and no more than it was issued for. */
function narrowed(key: Principal, token: TokenClaims): Principal {
  return { ...key, scopes: SCOPES.filter((scope) => hasScope(key, scope) && hasScope(token, scope)) };
}

export function unauthenticated(): AppError {
  return new AppError(
    'unauthenticated',
    'Send a valid key in X-API-Key, or a valid bearer token in Authorization.',
    { error: 'Invalid API key' },
  );
}

/** Whether anybody could authenticate with these settings alone. */
export function hasCredentials(settings: Settings): boolean {
  const keys = [...settings.API_KEYS.reveal(), ...settings.ADMIN_API_KEYS.reveal()];
  return keys.length > 0 || trustsTokens(settings);
}
