import { randomUUID } from 'node:crypto';
import type { Settings } from '../config/schema.ts';
import { AppError } from '../errors/app-error.ts';
import { createOwnTokenKeys } from './own-token-keys.ts';
import type { Principal } from './principal.ts';
import { createPublicKeyTokens } from './public-key-tokens.ts';
import { createSecretTokens, OWN_KEY_ID } from './secret-tokens.ts';
import { createReadClaims, readOwnClaims, untimely, type TokenClaims } from './token-claims.ts';
import { LONGEST_TOKEN, readTokenHeader, type TokenHeader } from './token-header.ts';
import { TokenRefused } from './token-refused.ts';
import { readTokenTrust } from './token-trust.ts';

export type { TokenClaims } from './token-claims.ts';

/** `generation`: for which secret of the key it is, and ends with it; `until`: it is good for no longer. */
export type IssueLimits = { generation?: number; until?: Date | undefined };

export type Tokens = {
  /** @throws AppError `unavailable` when the issuer's keys cannot be fetched */
  verify: (token: string) => Promise<TokenClaims | TokenRefused>;
  /**
   * A short-lived token for a key.
   *
   * @throws AppError `conflict` when the key's groups do not fit into a token
   */
  issue: (principal: Principal, limits?: IssueLimits) => { accessToken: string; expiresInSeconds: number };
};

const OWN_NAME = 'sallyport';

/**
 * Verifies the tokens that the settings trust, and issues and verifies our own. A token's header decides which key it may
 * meet: a public key never serves as a secret, and what signs for others never signs for a key of ours.
 *
 * @param ownSecret 32 bytes that all processes share; of them comes what signs our own
 * @throws SettingsError when the keys and algorithms of the settings do not go together
 */
export function createTokens(settings: Settings, ownSecret: Buffer): Tokens {
  const trust = readTokenTrust(settings);
  const { clockToleranceSeconds } = trust.rules;
  const readClaims = createReadClaims(settings);
  const ownTokens = createSecretTokens(createOwnTokenKeys(settings, ownSecret), {
    issuer: OWN_NAME,
    audience: OWN_NAME,
    clockToleranceSeconds,
  });
  const secretTokens = trust.secrets && createSecretTokens(trust.secrets, trust.rules);
  const publicKeyTokens = createPublicKeyTokens(trust);

  const payloadOf = async (token: string, header: TokenHeader, isOwn: boolean): Promise<unknown> => {
    if (isOwn) return ownTokens.verify(token);
    if (header.alg !== 'HS256') return publicKeyTokens.verify(token, header);
    return secretTokens ? secretTokens.verify(token) : new TokenRefused('algorithm_not_accepted');
  };
  return {
    verify: async (token) => {
      const header = readTokenHeader(token);
      if (header instanceof TokenRefused) return header;
      const isOwn = header.alg === 'HS256' && header.kid === OWN_KEY_ID;
      const payload = await payloadOf(token, header, isOwn);
      if (payload instanceof TokenRefused) return payload;
      return untimely(payload, clockToleranceSeconds) ?? (isOwn ? readOwnClaims : readClaims)(payload);
    },
    issue: ({ subject, tenant, scopes, groups, keyId }, { generation = 0, until } = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const end = now + settings.TOKEN_LIFETIME_SECONDS;
      const exp = until ? Math.min(end, Math.floor(until.getTime() / 1000)) : end;
      const accessToken = ownTokens.sign({
        sub: subject,
        tenant,
        scope: scopes.join(' '),
        groups,
        key_id: keyId,
        key_generation: generation,
        iat: now,
        exp,
        jti: randomUUID(),
      });
      if (accessToken.length > LONGEST_TOKEN)
        throw new AppError('conflict', 'The key has more groups than fit into a token.');
      return { accessToken, expiresInSeconds: Math.max(0, exp - now) };
    },
  };
}

/** Whether the settings alone let anybody in by token. */
export function trustsTokens({ JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL }: Settings): boolean {
  return JWT_SECRET.reveal() !== undefined || JWT_PUBLIC_KEY !== undefined || JWT_JWKS_URL !== undefined;
}
