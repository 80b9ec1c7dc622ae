import { describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import type { Principal } from '../../../src/auth/principal.ts';
import { TokenRefused } from '../../../src/auth/token-refused.ts';
import { createTokens } from '../../../src/auth/tokens.ts';
import { parseSettings } from '../../../src/config/load.ts';
import {
  forge,
  goodClaims,
  JWT_AUDIENCE,
  JWT_ENV,
  JWT_ISSUER,
  JWT_SECRET,
  makeSigningKey,
  signToken,
} from '../../support/tokens.ts';

const open = (environment: Record<string, string>, ownSecret = Buffer.alloc(32, 7)) =>
  createTokens(parseSettings(environment), ownSecret);
const decode = (token: string) => jwt.decode(token, { complete: true })!;
const principal: Principal = {
  tenant: 'acme',
  subject: 'key:abcd1234',
  scopes: ['query', 'ingest'],
  groups: ['staff'],
  keyId: 'abcd1234',
};
const JWT_PUBLIC_KEY = makeSigningKey('ES256').publicPem;
const renamed = {
  JWT_SUBJECT_CLAIM: 'email',
  JWT_TENANT_CLAIM: 'org',
  JWT_SCOPES_CLAIM: 'roles',
  JWT_GROUPS_CLAIM: 'teams',
};

describe.each<[string, Record<string, string>]>([
  ['no other issuer', {}],
  ['a shared secret', JWT_ENV],
  ['a shared secret alone', { JWT_SECRET }],
  ['a public key', { JWT_PUBLIC_KEY, JWT_ISSUER, JWT_AUDIENCE }],
  ['a shared secret that is not for tokens now', { ...JWT_ENV, JWT_PUBLIC_KEY, JWT_ALGORITHMS: 'ES256' }],
  ['an issuer with other names', { ...JWT_ENV, ...renamed }],
])('a token of our own, beside %s', (_name, environment) => {
  const tokens = open(environment);

  test('says whose it is, to every process', async () => {
    const { accessToken } = tokens.issue(principal, { generation: 3 });
    const { keyId: id, ...claims } = principal;
    expect(await open(environment).verify(accessToken)).toEqual({ ...claims, key: { id, generation: 3 } });
    expect(decode(accessToken).header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: 'sallyport' });
  });

  test('is short-lived, and each is another', () => {
    const { accessToken, expiresInSeconds } = tokens.issue(principal);
    expect(expiresInSeconds).toBe(900);
    const { iat, exp, jti } = decode(accessToken).payload as jwt.JwtPayload;
    expect(exp! - iat!).toBe(900);
    expect((decode(tokens.issue(principal).accessToken).payload as jwt.JwtPayload).jti).not.toBe(jti);
  });

  test('ends with its key', async () => {
    const notAfter = new Date(Date.now() + 60_500);
    const { accessToken, expiresInSeconds } = tokens.issue(principal, { until: notAfter });
    expect(expiresInSeconds).toBeLessThanOrEqual(61);
    expect((decode(accessToken).payload as jwt.JwtPayload).exp).toBe(Math.floor(notAfter.getTime() / 1000));
    const late = tokens.issue(principal, { until: new Date(Date.now() - 60_000) });
    expect(late.expiresInSeconds).toBe(0);
    expect(await tokens.verify(late.accessToken)).toBeInstanceOf(TokenRefused);
  });

  test('is never larger than one that would be accepted', () => {
    const groups = Array.from({ length: 100 }, (_, n) => `${n}`.padEnd(100, 'ü'));
    expect(() => tokens.issue({ ...principal, groups })).toThrow(
      expect.objectContaining({ code: 'conflict' }),
    );
  });
});

describe('a token that names a key', () => {
  const own = (secret: string | Buffer, claims: object) =>
    forge(
      { alg: 'HS256', kid: 'sallyport' },
      {
        ...goodClaims(),
        ...{ iss: 'sallyport', aud: 'sallyport', sub: 'key:abcd1234', tenant: 'acme', groups: [] },
        ...claims,
      },
      secret,
    );
  const ownSecret = Buffer.alloc(32, 7);

  test.each<[string, () => string]>([
    ['another secret', () => own(Buffer.alloc(32, 8), { key_id: 'abcd1234' })],
    ['no secret at all', () => forge({ alg: 'none' }, { ...goodClaims(), key_id: 'abcd1234' })],
    ['the secret of an issuer', () => own(JWT_SECRET, { key_id: 'abcd1234' })],
    ['that secret, in the name of the issuer', () => signToken({ sub: 'key:abcd1234', key_id: 'abcd1234' })],
    ['no key', () => own(ownSecret, {})],
    ['another key than its subject', () => own(ownSecret, { key_id: 'dcba4321' })],
    ['a key that can be no id', () => own(ownSecret, { sub: 'key:a/b', key_id: 'a/b' })],
    ['another issuer', () => own(ownSecret, { key_id: 'abcd1234', iss: JWT_ISSUER })],
    ['another audience', () => own(ownSecret, { key_id: 'abcd1234', aud: 'another' })],
    ['no end', () => own(ownSecret, { key_id: 'abcd1234', exp: undefined })],
  ])('is refused with %s', async (_name, token) => {
    const { verify } = open({ JWT_SECRET, JWT_PUBLIC_KEY });
    expect(await verify(own(ownSecret, { key_id: 'abcd1234' }))).toMatchObject({
      key: { id: 'abcd1234' },
    });
    expect(await verify(token())).toBeInstanceOf(TokenRefused);
  });

  test('is made by nobody who has but one of the two secrets that it takes', async () => {
    const API_KEY_PEPPER = 'a pepper of the tests of own tokens';
    const { accessToken } = open({ API_KEY_PEPPER }).issue(principal);
    expect(await open({ API_KEY_PEPPER }).verify(accessToken)).toMatchObject({ key: { id: 'abcd1234' } });
    expect(await open({ API_KEY_PEPPER }, Buffer.alloc(32, 8)).verify(accessToken)).toMatchObject({
      reason: 'wrong_signature',
    });
    const known = { key_id: 'abcd1234' };
    for (const secret of [ownSecret, API_KEY_PEPPER])
      expect(await open({ API_KEY_PEPPER }).verify(own(secret, known))).toMatchObject({
        reason: 'wrong_signature',
      });
    const next = {
      API_KEY_PEPPER: 'the pepper that comes after that one',
      API_KEY_PEPPER_PREVIOUS: API_KEY_PEPPER,
    };
    expect(await open(next).verify(accessToken)).toMatchObject({ key: { id: 'abcd1234' } });
  });

  test('is no key’s where an issuer has signed it, whatever its claims are called', async () => {
    const { verify } = open({ ...JWT_ENV, ...renamed });
    const claims = { email: 'ada', org: 'acme', sub: 'key:abcd1234', key_id: 'abcd1234', key_generation: 0 };
    expect(await verify(signToken(claims))).toEqual({
      subject: 'ada',
      tenant: 'acme',
      scopes: [],
      groups: [],
    });
    expect(await verify(signToken({ ...claims, email: 'key:abcd1234' }))).toMatchObject({
      reason: 'claim_reserved',
    });
  });
});
