import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { TokenRules } from './token-trust.ts';

/** HS256 tokens. */
export type SecretTokens = {
  sign(claims: object): string;
  /** The payload of a token that is signed, timely, and from and for whom it should be; undefined for any other. */
  verify(token: string): unknown;
};

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
    sign: (claims) => jwt.sign(claims, secrets()[0]!, { ...names, header: { alg: 'HS256', typ: 'at+jwt' } }),
    verify: (token) => {
      for (const secret of secrets()) {
        try {
          return jwt.verify(token, secret, {
            ...names,
            algorithms: ['HS256'],
            clockTolerance: clockToleranceSeconds,
          });
        } catch {
          // Another secret may have signed it.
        }
      }
      return undefined;
    },
  };
}
