import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { TokenRefused } from './token-refused.ts';
import type { TokenRules } from './token-trust.ts';

/** HS256 tokens. */
export type SecretTokens = {
  sign(claims: object): string;
  /** The payload of a token that is signed, timely, and from and for whom it should be. */
  verify(token: string): unknown;
};

/** Names our own tokens in their header, so that neither of the two kinds of secret ever meets the other's tokens. */
export const OWN_KEY_ID = 'sallyport';

/** `secrets`: the first one signs, and all of them verify. */
export function createSecretTokens(
  secrets: () => readonly KeyObject[],
  { issuer, audience, clockToleranceSeconds }: TokenRules,
): SecretTokens {
  const names = {
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  return {
    sign: (claims) =>
      jwt.sign(claims, secrets()[0]!, { ...names, header: { alg: 'HS256', typ: 'at+jwt', kid: OWN_KEY_ID } }),
    verify: (token) => {
      let refused = new TokenRefused('no_such_key');
      for (const secret of secrets()) {
        try {
          return jwt.verify(token, secret, {
            ...names,
            algorithms: ['HS256'],
            clockTolerance: clockToleranceSeconds,
          });
        } catch (error) {
          refused = refusalOf(error as Error);
          // Another secret may have signed it.
          if (refused.reason !== 'wrong_signature') return refused;
        }
      }
      return refused;
    },
  };
}

/** The library tells most failures apart by their message alone. It looks at the signature first. */
function refusalOf({ name, message }: Error): TokenRefused {
  if (name === 'TokenExpiredError') return new TokenRefused('expired');
  if (name === 'NotBeforeError') return new TokenRefused('not_yet_valid');
  if (message === 'invalid signature') return new TokenRefused('wrong_signature');
  if (message.startsWith('jwt audience invalid')) return new TokenRefused('wrong_audience');
  if (message.startsWith('jwt issuer invalid')) return new TokenRefused('wrong_issuer');
  return new TokenRefused('malformed');
}
