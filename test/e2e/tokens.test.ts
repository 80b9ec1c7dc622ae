import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.ts';
import { get, post } from '../support/http.ts';
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

describe('bearer tokens', () => {
  let server: RunningServer;
  beforeAll(async () => (server = await startServer({ env: JWT_ENV })));
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
    ['claims that are a word', () => forge({ alg: 'HS256' }, '"claims"', JWT_SECRET)],
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
    ['an end in the past', () => signToken({ exp: nowSeconds() - 120 })],
    [
      'an end that never comes',
      () =>
        forge({ alg: 'HS256' }, JSON.stringify(goodClaims()).replace(/"exp":\d+/, '"exp":1e999'), JWT_SECRET),
    ],
    ['a making in the future', () => signToken({ iat: nowSeconds() + 600, exp: nowSeconds() + 900 })],
    ['no end', () => forge({ alg: 'HS256' }, { ...goodClaims(), exp: undefined }, JWT_SECRET)],
    ['an end that is a word', () => forge({ alg: 'HS256' }, { ...goodClaims(), exp: 'never' }, JWT_SECRET)],
    ['a beginning in the future', () => signToken({}, { notBefore: '10m' })],
    ['another audience', () => signToken({}, { audience: 'another-service' })],
    ['no audience', () => forge({ alg: 'HS256' }, { ...goodClaims(), aud: undefined }, JWT_SECRET)],
    ['another issuer', () => signToken({}, { issuer: 'https://evil.example' })],
    ['no issuer', () => forge({ alg: 'HS256' }, { ...goodClaims(), iss: undefined }, JWT_SECRET)],
    ['no subject', () => signToken({ sub: undefined })],
    ['an empty tenant', () => signToken({ tenant: '' })],
    ['a tenant that is a list', () => signToken({ tenant: ['default'] })],
    ['a tenant with a NUL', () => signToken({ tenant: 'a\0b' })],
    ['a group that is half a character', () => signToken({ groups: ['\ud800'] })],
    ['groups that are a number', () => signToken({ groups: 1 })],
    ['the subject of a key', () => signToken({ sub: 'key:abcd1234' })],
    ['a key that it was not issued for', () => signToken({ key_id: 'abcd1234' })],
    ['a key that is not there', () => signToken({ sub: 'key:abcd1234', key_id: 'abcd1234' })],
    ['more than 8 KB', () => signToken({ padding: 'a'.repeat(9_000) })],
    ['no structure', () => 'not.a-token'],
  ])('%s is refused', async (_name, token) => {
    const reply = await get(server, '/admin/documents', { token: token() });
    expectProblem(reply, 401, 'unauthenticated');
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(reply.body.detail).toBe((await get(server, '/admin/documents', { key: null })).body.detail);
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
