import jwt, { type SignOptions } from 'jsonwebtoken';

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
