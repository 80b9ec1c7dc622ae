import type { Settings } from '../config/schema.ts';
import { AppError } from '../errors/app-error.ts';
import type { Logger } from '../observability/logger.ts';
import { keyIdIn } from './api-keys.ts';
import type { KnownKeys } from './known-keys.ts';
import { hasScope, SCOPES, type Principal } from './principal.ts';
import { createTokenNotes } from './token-notes.ts';
import { TokenRefused } from './token-refused.ts';
import { trustsTokens, type TokenClaims, type Tokens } from './tokens.ts';

export type Credentials = { apiKey?: string | undefined; authorization?: string | undefined };

/**
 * Says who sends these credentials: a key in either place, or a token. With both, the key in `apiKey` decides.
 *
 * @throws AppError `unauthenticated`, with the same words whatever is wrong with them, but for a token that somebody did
 *   sign who is trusted; `unavailable` when they cannot be checked
 */
export type Authenticator = (credentials: Credentials) => Promise<Principal>;

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

export function createAuthenticator(keys: KnownKeys, tokens: Tokens, logger: Logger): Authenticator {
  const notes = createTokenNotes(logger);
  const byKey = async (key: string) => (await keys.identify(key))?.principal;
  const byToken = async (token: string): Promise<Principal | TokenRefused> => {
    const claims = await tokens.verify(token);
    if (claims instanceof TokenRefused) return claims;
    const { groupsLeftOut, ...bearer } = claims;
    if (groupsLeftOut) notes.groupsLeftOut();
    if (!claims.key) return bearer;
    const known = await keys.find(claims.key.id, claims.key.generation);
    return known ? narrowed(known.principal, claims) : new TokenRefused('key_ended');
  };
  return async ({ apiKey, authorization }) => {
    const bearer = apiKey === undefined ? BEARER.exec(authorization ?? '')?.[1] : undefined;
    const mayBeToken = bearer !== undefined && keyIdIn(bearer) === undefined;
    const principal = mayBeToken ? await byToken(bearer) : undefined;
    if (principal && !(principal instanceof TokenRefused)) return principal;
    const key = apiKey ?? bearer;
    // Also what looks like a token: keys of the settings may have any form.
    const owner = key === undefined ? undefined : await byKey(key);
    if (owner) return owner;
    if (principal) notes.refused(principal);
    throw unauthenticated(principal);
  };
}

/** A token for a key can do what the key can now, and no more than it was issued for. */
function narrowed(key: Principal, token: TokenClaims): Principal {
  return { ...key, scopes: SCOPES.filter((scope) => hasScope(key, scope) && hasScope(token, scope)) };
}

export function unauthenticated(refused?: TokenRefused): AppError {
  return new AppError(
    'unauthenticated',
    refused?.detail ?? 'Send a valid key in X-API-Key, or a valid key or token in Authorization (Bearer).',
    { error: 'Invalid API key', cause: refused },
  );
}

/** Whether anybody could authenticate with these settings alone. */
export function hasCredentials(settings: Settings): boolean {
  const keys = [...settings.API_KEYS.reveal(), ...settings.ADMIN_API_KEYS.reveal()];
  return keys.length > 0 || trustsTokens(settings);
}
