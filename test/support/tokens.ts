import jwt, { type SignOptions } from 'jsonwebtoken';
import { createHmac, generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto';

export const JWT_SECRET = 'a secret that signs tokens in the tests';
export const JWT_ISSUER = 'https://login.example';
export const JWT_AUDIENCE = 'sallyport';
export const JWT_ENV = { JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE };

/** A token as the identity provider of the tests signs it; `options` and `secret` make it a wrong one. */
export const signToken = (
  claims: Record<string, unknown>,
  options: SignOptions = {},
  secret: string | null = JWT_SECRET,
): string =>
  jwt.sign({ sub: 'someone', scope: 'query ingest', ...claims }, secret ?? '', {
    algorithm: secret === null ? 'none' : 'HS256',
    ...('exp' in claims ? {} : { expiresIn: '5m' }),
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
    ...options,
  });

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** What a right token says; a test makes it a wrong one. */
export const goodClaims = (): Record<string, unknown> => ({
  sub: 'someone',
  scope: 'query ingest',
  iss: JWT_ISSUER,
  aud: JWT_AUDIENCE,
  exp: nowSeconds() + 300,
});

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token put together by hand, as an attacker would; a part that is a text goes in as it is. */
export const forge = (header: unknown, claims: unknown, secret?: string | Buffer): string => {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${secret === undefined ? '' : createHmac('sha256', secret).update(signed).digest('base64url')}`;
};

export const PUBLIC_KEY_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type PublicKeyAlgorithm = (typeof PUBLIC_KEY_ALGORITHMS)[number];

/** A key pair of an issuer. */
export type SigningKey = {
  algorithm: PublicKeyAlgorithm;
  kid: string;
  privateKey: KeyObject;
  publicPem: string;
  privatePem: string;
  /** The public half as a key set holds it. */
  jwk: JsonWebKey;
};

const generate = (algorithm: PublicKeyAlgorithm) => {
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2_048 });
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return generateKeyPairSync('ed25519');
};

export const makeSigningKey = (algorithm: PublicKeyAlgorithm, kid = 'key-1'): SigningKey => {
  const { publicKey, privateKey } = generate(algorithm);
  return {
    algorithm,
    kid,
    privateKey,
    publicPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
    privatePem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
  };
};

/** A token signed with this key, with Node's own cryptography; `claims` and `header` change what is in it. */
export const signWithKey = (
  { algorithm, kid, privateKey }: SigningKey,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): string => {
  const signed = `${encode({ alg: algorithm, typ: 'JWT', kid, ...header })}.${encode({ ...goodClaims(), ...claims })}`;
  const signature = sign(algorithm === 'EdDSA' ? null : 'sha256', Buffer.from(signed), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return `${signed}.${signature.toString('base64url')}`;
};
