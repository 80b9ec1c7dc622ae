import { AppError } from '../errors/app-error.ts';
import { unauthenticated } from './authenticator.ts';
import type { KnownKeys } from './known-keys.ts';
import { hasScope, SCOPES, type Principal, type Scope } from './principal.ts';
import type { Tokens } from './tokens.ts';

/** `scopes`: those that are asked for; without them the token has all of the key's. */
export type TokenRequest = { keyId: string; key: string; scopes?: readonly string[] | undefined };
/** `principal`: whose the key is. */
export type IssuedToken = {
  accessToken: string;
  expiresInSeconds: number;
  scopes: readonly Scope[];
  principal: Principal;
};

/**
 * Gives a short-lived token for a key, which ends with it.
 *
 * @throws AppError `unauthenticated` for a key that opens nothing or has another id; `invalid_request` for a scope that
 *   the key does not have; `unavailable` when the key cannot be checked
 */
export type IssueToken = (request: TokenRequest) => Promise<IssuedToken>;

export function createIssueToken(keys: KnownKeys, tokens: Tokens): IssueToken {
  return async ({ keyId, key, scopes: asked }) => {
    const known = await keys.identify(key);
    if (known?.principal.keyId !== keyId) throw unauthenticated();
    const { principal, until, generation } = known;
    const allowed = SCOPES.filter((scope) => hasScope(principal, scope));
    if (asked?.some((name) => !allowed.some((scope) => scope === name)))
      throw new AppError('invalid_request', `The scopes of this key are: ${allowed.join(' ')}.`, {
        issues: [{ path: 'scope', message: 'not a scope of this key' }],
      });
    const scopes = asked ? allowed.filter((scope) => asked.includes(scope)) : principal.scopes;
    return { ...tokens.issue({ ...principal, scopes }, { generation, until }), scopes, principal };
  };
}
