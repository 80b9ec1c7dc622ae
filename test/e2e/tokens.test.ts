import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, ingest, post } from '../support/http.ts';
import { makeKey } from '../support/keys.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import {
  forge,
  goodClaims as claimsOfSomeone,
  JWT_ENV,
  JWT_SECRET,
  makeSigningKey,
  nowSeconds,
  signToken,
} from '../support/tokens.ts';

const goodClaims = () => ({ ...claimsOfSomeone(), sub: 'eve', scope: 'admin' });
const signedAs = (claims: object) => forge({ alg: 'HS256' }, { ...goodClaims(), ...claims }, JWT_SECRET);

const NOT_FOR_US = 'The token is not for this service.';
const NOT_OURS = 'The token is not of an issuer that this service trusts.';
const UNREADABLE = 'The token has a claim that cannot be read.';
const RESERVED = 'The token names a caller that only this service may name.';

describe('bearer tokens', () => {
  let server: RunningServer;
  beforeAll(async () => (server = await startServer({ env: { ...JWT_ENV, LOG_LEVEL: 'http' } })));
  afterAll(() => server.stop());

  test('a right one opens what its scopes allow, and nothing else', async () => {
    const token = signToken({ scope: 'query' });
    expect((await post(server, '/search', { query: 'a' }, { token })).status).toBe(200);
    expectProblem(await get(server, '/admin/documents', { token }), 403, 'forbidden');
  });

  test.each([
    ['scopes as a list', { scope: undefined, scopes: ['ingest'] }, 200],
    ['admin is all of them', { scope: 'admin' }, 200],
    ['no scope at all', { scope: undefined }, 403],
    ['scopes nobody knows', { scope: 'everything *' }, 403],
    ['a scope as a part of a word', { scope: 'ingestion administrator' }, 403],
  ])('%s', async (_name, claims, status) => {
    expect((await get(server, '/admin/documents', { token: signToken(claims) })).status).toBe(status);
  });

  const { publicPem } = makeSigningKey('ES256');
  test.each<[string, () => string]>([
    ['alg none, without a signature', () => signToken({ scope: 'admin' }, {}, null)],
    ['alg None in capitals', () => forge({ alg: 'NONE', typ: 'JWT' }, goodClaims())],
    ['alg none, with a signature', () => forge({ alg: 'none' }, goodClaims(), JWT_SECRET)],
    ['alg nOnE, of mixed letters', () => forge({ alg: 'nOnE' }, goodClaims())],
    ['an alg that is nothing', () => forge({ alg: null }, goodClaims(), JWT_SECRET)],
    ['a list of algs', () => forge({ alg: ['HS256'] }, goodClaims(), JWT_SECRET)],
    ['a header that is no object', () => forge('["HS256"]', goodClaims(), JWT_SECRET)],
    ['a header that is no JSON', () => forge('{', goodClaims(), JWT_SECRET)],
    [
      'something that must be understood',
      () => forge({ alg: 'HS256', crit: ['exp'] }, goodClaims(), JWT_SECRET),
    ],
    [
      'the right secret, and a key to fetch',
      () => forge({ alg: 'HS256', jku: 'http://127.0.0.1:1' }, goodClaims(), JWT_SECRET),
    ],
    [
      'the right secret, and a long name of it',
      () => forge({ alg: 'HS256', kid: 'a'.repeat(10_000) }, goodClaims(), JWT_SECRET),
    ],
    ['another type of token', () => forge({ alg: 'HS256', typ: 'logout+jwt' }, goodClaims(), JWT_SECRET)],
    ['no alg', () => forge({ typ: 'JWT' }, goodClaims(), JWT_SECRET)],
    ['another secret', () => signToken({ scope: 'admin' }, {}, 'another secret that signs other tokens')],
    ['an empty secret', () => forge({ alg: 'HS256' }, goodClaims(), '')],
    ['an algorithm that is not allowed', () => signToken({ scope: 'admin' }, { algorithm: 'HS512' })],
    ['a public key as the secret', () => forge({ alg: 'HS256' }, goodClaims(), publicPem)],
    [
      'its own key in the header',
      () => forge({ alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } }, goodClaims(), '\0\0\0'),
    ],
    [
      'a key to fetch',
      () =>
        forge(
          { alg: 'ES256', jku: 'https://evil.example/keys', x5u: 'https://evil.example' },
          goodClaims(),
          'a',
        ),
    ],
    ['a signature cut off', () => signToken({}).slice(0, -4)],
    [
      'a signature of other claims',
      () => {
        const [header, , signature] = signToken({}).split('.');
        return `${header}.${forge({}, goodClaims()).split('.')[1]}.${signature}`;
      },
    ],
    ['an end that is a word', () => forge({ alg: 'HS256' }, { ...goodClaims(), exp: 'never' }, JWT_SECRET)],
    ['more than 16 KB', () => signToken({ padding: 'a'.repeat(13_000) })],
    ['the kid of our own tokens', () => signToken({ sub: 'key:abcd1234' }, { keyid: 'sallyport' })],
    ['no structure', () => 'not.a-token'],
  ])('%s is refused', async (_name, token) => {
    const reply = await get(server, '/admin/documents', { token: token() });
    expectProblem(reply, 401, 'unauthenticated');
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(reply.body.detail).toBe((await get(server, '/admin/documents', { key: null })).body.detail);
  });

  test.each<[string, string, () => string]>([
    ['an end in the past', 'The token has expired.', () => signToken({ exp: nowSeconds() - 120 })],
    [
      'an end that never comes',
      'The token has no end (exp).',
      () =>
        forge({ alg: 'HS256' }, JSON.stringify(goodClaims()).replace(/"exp":\d+/, '"exp":1e999'), JWT_SECRET),
    ],
    ['no end', 'The token has no end (exp).', () => signedAs({ exp: undefined })],
    ['a making in the future', 'The token is not valid yet.', () => signToken({ iat: nowSeconds() + 600 })],
    ['a beginning in the future', 'The token is not valid yet.', () => signToken({}, { notBefore: '4m' })],
    ['another audience', NOT_FOR_US, () => signToken({}, { audience: 'another-service' })],
    ['claims that are a word', NOT_FOR_US, () => forge({ alg: 'HS256' }, '"claims"', JWT_SECRET)],
    ['no audience', NOT_FOR_US, () => signedAs({ aud: undefined })],
    ['another issuer', NOT_OURS, () => signToken({}, { issuer: 'https://evil.example' })],
    ['no issuer', NOT_OURS, () => signedAs({ iss: undefined })],
    ['no subject', UNREADABLE, () => signToken({ sub: undefined })],
    ['an empty tenant', UNREADABLE, () => signToken({ tenant: '' })],
    ['a tenant that is a list', UNREADABLE, () => signToken({ tenant: ['default'] })],
    ['a tenant with a NUL', UNREADABLE, () => signToken({ tenant: 'a\0b' })],
    ['a group that is half a character', UNREADABLE, () => signToken({ groups: ['\ud800'] })],
    ['groups that are a number', UNREADABLE, () => signToken({ groups: 1 })],
    ['the subject of a key', RESERVED, () => signToken({ sub: 'key:abcd1234' })],
    ['a key', RESERVED, () => signToken({ sub: 'key:abcd1234', key_id: 'abcd1234', key_generation: 0 })],
  ])('who has one with %s is told', async (_name, detail, token) => {
    const reply = await get(server, '/admin/documents', { token: token() });
    expectProblem(reply, 401, 'unauthenticated');
    expect(reply.body.detail).toBe(detail);
    expect(reply.headers.get('www-authenticate')).toMatch(/error="invalid_token"/);
  });

  test('the log says why one was refused, and in whose name it was asked for nothing', async () => {
    const asked = await get(server, '/admin/documents', {
      token: forge({ alg: 'HS256' }, goodClaims(), 'a'),
    });
    expect(asked.status).toBe(401);
    const reason = `"tokenRefused":"wrong_signature"`;
    const line = await eventually(async () =>
      server
        .output()
        .split('\n')
        .find((one) => one.includes(asked.body.request_id) && one.includes(reason)),
    );
    expect(line).not.toContain('eve');
    for (const why of ['wrong_signature', 'expired', 'wrong_audience', 'claim_unreadable'])
      expect(server.output()).toMatch(new RegExp(`a token was refused .*"reason":"${why}"`));
  });

  test('200 groups, as an identity provider sends them, open and keep their bearer to them', async () => {
    const groups = Array.from(
      { length: 200 },
      (_, n) => `1a2b3c4d-5e6f-4a8b-9c0d-${String(n).padStart(12, '0')}`,
    );
    await ingest(server, [
      { text: 'The moat is for the group with the last number.', groups: [groups[199]!] },
      { text: 'The moat is for the directors.', groups: ['directors'] },
    ]);
    const token = signToken({ scope: 'query', groups });
    expect(token.length).toBeGreaterThan(10_000);
    const { status, body } = await post(server, '/search', { query: 'moat' }, { token });
    expect([status, body.chunks.length]).toEqual([200, 1]);
    expect(body.chunks[0].text).toContain('last number');
  });

  test('groups that stand elsewhere are none, and the log says so', async () => {
    const token = signToken({ scope: 'query', _claim_names: { groups: 'src1' } });
    const { status, body } = await post(server, '/search', { query: 'moat' }, { token });
    expect([status, body.chunks]).toEqual([200, []]);
    await eventually(async () => server.output().includes('a token left its groups out'));
  });

  test('who has the secret of the issuer is no global administrator, whatever the claims say', async () => {
    const claims = { scope: 'admin', isGlobal: true, is_global: true, every_tenant: true, tenant: 'default' };
    const token = signToken({ ...claims, key_id: 'env-00000000', key_generation: 0 });
    expect((await get(server, '/admin/keys', { token })).status).toBe(200);
    const elsewhere = { name: 'a key', scopes: ['admin'], tenant: 'elsewhere' };
    expectProblem(await post(server, '/admin/keys', elsewhere, { token }), 403, 'forbidden');
    expectProblem(await post(server, '/admin/secrets/reload', undefined, { token }), 403, 'forbidden');
    const keyId = `env-${createHash('sha256').update(server.key).digest('hex').slice(0, 8)}`;
    for (const header of [{ alg: 'HS256' }, { alg: 'HS256', kid: 'sallyport' }])
      for (const names of [{}, { iss: 'sallyport', aud: 'sallyport' }]) {
        const key = { sub: `key:${keyId}`, key_id: keyId, key_generation: 0, groups: [], tenant: 'default' };
        const forged = forge(header, { ...goodClaims(), ...key, ...names }, JWT_SECRET);
        expectProblem(await get(server, '/admin/keys', { token: forged }), 401, 'unauthenticated');
      }
  });

  test('a key is as good behind Bearer as it is in X-API-Key', async () => {
    const made = await makeKey(server, { scopes: ['ingest'] });
    const asBearer = (key: string, word = 'Bearer') =>
      get(server, '/admin/documents', { key: null, headers: { authorization: `${word} ${key}` } });
    for (const key of [made.key, server.key]) expect((await asBearer(key)).status).toBe(200);
    expect((await asBearer(made.key, 'bearer')).status).toBe(200);
    expect((await asBearer(server.queryKey)).status).toBe(403);
    for (const wrong of [`${made.key}A`, made.key.replace('sp_', ''), 'a key that nobody has ever had'])
      expectProblem(await asBearer(wrong), 401, 'unauthenticated');
    expectProblem(await asBearer(made.key, 'Basic'), 401, 'unauthenticated');
  });

  test('a wrong key is not made good by a right token', async () => {
    const sent = {
      key: 'a key that nobody has ever had',
      headers: { authorization: `Bearer ${signToken({})}` },
    };
    expectProblem(await get(server, '/admin/documents', sent), 401, 'unauthenticated');
  });

  test('a token in the URL does not open', async () => {
    const reply = await get(server, `/admin/documents?access_token=${signToken({})}`, { key: null });
    expectProblem(reply, 401, 'unauthenticated');
  });
});
