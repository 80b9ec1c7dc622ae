import { createSecretKey, randomUUID } from 'node:crypto';
import type { Settings } from '../config/schema.ts';
import { AppError } from '../errors/app-error.ts';
import type { Principal } from './principal.ts';
import { createPublicKeyTokens } from './public-key-tokens.ts';
import { createSecretTokens } from './secret-tokens.ts';
import {
  claimNamesOf,
  isTimely,
  namesKey,
  readClaims,
  readOwnClaims,
  type TokenClaims,
} from './token-claims.ts';
import { LONGEST_TOKEN, readTokenHeader } from './token-header.ts';
import { readTokenTrust } from './token-trust.ts';

export type { TokenClaims } from './token-claims.ts';

/** `generation`: for which secret of the key it is, and ends with it; `until`: it is good for no longer. */
export type IssueLimits = { generation?: number; until?: Date | undefined };

export type Tokens = {
  /**
   * Undefined for any token that is not wholly right.
   *
   * @throws AppError `unavailable` when the issuer's keys cannot be fetched
   */
  verify: (token: string) => Promise<TokenClaims | undefined>;
  /**
   * A short-lived token for a key.
   *
   * @throws AppError `conflict` when the key's groups do not fit into a token
   */
  issue: (principal: Principal, limits?: IssueLimits) => { accessToken: string; expiresInSeconds: number };
};

const OWN_NAME = 'sallyport';

/**
 * Verifies the tokens that the settings trust, and issues and verifies our own. An algorithm decides which key a token
 * may meet, so a public key never serves as a secret.
 *
 * @param ownSecret 32 bytes that all processes share; signs own tokens where no JWT_SECRET does
 * @throws SettingsError when the keys and algorithms of the settings do not go together
 */
export function createTokens(settings: Settings, ownSecret: Buffer): Tokens {
  const trust = readTokenTrust(settings);
  const { clockToleranceSeconds } = trust.rules;
  const names = claimNamesOf(settings);
  const ownKey = createSecretKey(ownSecret);
  const secretTokens = trust.secrets
    ? createSecretTokens(trust.secrets, trust.rules)
    : createSecretTokens(() => [ownKey], {
        issuer: OWN_NAME,
        audience: OWN_NAME,
        clockToleranceSeconds,
      });
  const publicKeyTokens = createPublicKeyTokens(trust);

  return {
    verify: async (token) => {
      const header = readTokenHeader(token);
      if (!header) return undefined;
      const isSecret = header.alg === 'HS256';
      const payload = isSecret ? secretTokens.verify(token) : await publicKeyTokens.verify(token, header);
      if (!isTimely(payload, clockToleranceSeconds)) return undefined;
      // Whoever shares our secret may sign for a key as we do; no other issuer can.
      const isOwn = isSecret && (!trust.secrets || namesKey(payload));
      return isOwn ? readOwnClaims(payload) : readClaims(payload, names);
    },
    issue: ({ subject, tenant, scopes, groups, keyId }, { generation = 0, until } = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const end = now + settings.TOKEN_LIFETIME_SECONDS;
      const exp = until ? Math.min(end, Math.floor(until.getTime() / 1000)) : end;
      const accessToken = secretTokens.sign({
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
