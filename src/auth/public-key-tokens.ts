import { createRemoteJWKSet, customFetch, jwtVerify, type CryptoKey, type JWTVerifyOptions } from 'jose';
import type { KeyObject } from 'node:crypto';
import { AppError } from '../errors/app-error.ts';
import { createIssuerFetch } from './issuer-fetch.ts';
import type { TokenHeader } from './token-header.ts';
import { TokenRefused } from './token-refused.ts';
import type { PublicKeyAlgorithm, TokenTrust } from './token-trust.ts';

/** Tokens that somebody else signs, with a key of which only the public half is known here. */
export type PublicKeyTokens = {
  /**
   * The payload of a token that is signed, timely, and from and for whom it should be.
   *
   * @throws AppError `unavailable` when the issuer's keys cannot be fetched
   */
  verify(token: string, header: TokenHeader): Promise<unknown>;
};

/** Finds the keys that may have signed a token with this header, best first. */
type FindKeys = (header: TokenHeader) => AsyncIterable<CryptoKey | KeyObject>;

const MINUTE_MS = 60_000;
const CACHE_MS = 10 * MINUTE_MS;
const COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 5_000;
/** Keys that stand in are cached once more: together they are good for an hour. */
const KEEP_MS = 60 * MINUTE_MS - CACHE_MS;

export function createPublicKeyTokens({ rules, publicKey, issuerKeys }: TokenTrust): PublicKeyTokens {
  const { issuer, audience, clockToleranceSeconds } = rules;
  const options: JWTVerifyOptions = {
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['exp'],
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  const findIssuerKeys = issuerKeys && createIssuerKeys(issuerKeys.url);
  const accepts = (alg: string) =>
    publicKey?.algorithm === alg || (issuerKeys?.algorithms.some((one) => one === alg) ?? false);
  const findKeys: FindKeys = async function* (header) {
    if (publicKey?.algorithm === header.alg) yield publicKey.key;
    if (findIssuerKeys && issuerKeys.algorithms.includes(header.alg as PublicKeyAlgorithm))
      yield* findIssuerKeys(header);
  };
  return {
    verify: async (token, header) => {
      let refused = new TokenRefused(accepts(header.alg) ? 'no_such_key' : 'algorithm_not_accepted');
      for await (const key of findKeys(header)) {
        try {
          return (await jwtVerify(token, key, { ...options, algorithms: [header.alg] })).payload;
        } catch (error) {
          refused = refusalOf(error);
          if (refused.reason !== 'wrong_signature') return refused;
        }
      }
      return refused;
    },
  };
}

/** The library looks at the signature before it looks at a claim. */
function refusalOf(error: unknown): TokenRefused {
  const { code, claim } = error as { code?: string; claim?: string };
  if (code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') return new TokenRefused('wrong_signature');
  if (code === 'ERR_JWT_EXPIRED') return new TokenRefused('expired');
  if (code !== 'ERR_JWT_CLAIM_VALIDATION_FAILED') return new TokenRefused('malformed');
  if (claim === 'aud') return new TokenRefused('wrong_audience');
  if (claim === 'iss') return new TokenRefused('wrong_issuer');
  return new TokenRefused(claim === 'nbf' ? 'not_yet_valid' : 'without_end');
}

function createIssuerKeys(url: URL): FindKeys {
  const issuer = createIssuerFetch(KEEP_MS);
  const keySet = createRemoteJWKSet(url, {
    cacheMaxAge: CACHE_MS,
    cooldownDuration: COOLDOWN_MS,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: issuer.fetchKeys,
  });
  return async function* ({ alg, kid }) {
    try {
      yield await keySet({ alg, ...(kid === undefined ? {} : { kid }) });
    } catch (error) {
      if (error instanceof AppError) throw error;
      const code = codeOf(error);
      // Without a `kid` a token may be any key's.
      if (code === 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') yield* error as AsyncIterable<CryptoKey>;
      if (code === 'ERR_JWKS_NO_MATCHING_KEY' && issuer.isAway()) throw issuer.unavailable();
    }
  };
}

const codeOf = (error: unknown) => (error as { code?: string }).code;
