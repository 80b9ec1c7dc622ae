import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, post } from '../support/http.ts';
import { isDown, startJwksServer, type JwksServer } from '../support/jwks-server.ts';
import { startInVain, startServer, type RunningServer } from '../support/start-server.ts';
import {
  forge,
  goodClaims,
  JWT_AUDIENCE,
  JWT_ISSUER,
  makeSigningKey,
  PUBLIC_KEY_ALGORITHMS,
  signWithKey,
} from '../support/tokens.ts';

const rules = { JWT_ISSUER, JWT_AUDIENCE };
const rsa = makeSigningKey('RS256', 'rsa');
const eve = makeSigningKey('RS256', 'eve');
const keys = [rsa, makeSigningKey('ES256', 'ec'), makeSigningKey('EdDSA', 'ed')];

describe('tokens by an issuer’s key set', () => {
  let issuer: JwksServer;
  let server: RunningServer;
  beforeAll(async () => {
    issuer = await startJwksServer(...keys);
    server = await startServer({ env: { ...rules, JWT_JWKS_URL: issuer.url } });
  });
  afterAll(async () => {
    await server.stop();
    await issuer.stop();
  });

  const ask = (token: string) => get(server, '/admin/documents', { token });

  test('nobody asks the issuer before there is a token to verify', async () => {
    expectProblem(await ask(forge({ alg: 'none', kid: 'rsa' }, goodClaims())), 401, 'unauthenticated');
    expectProblem(await ask(signWithKey(rsa, {}, { jku: issuer.url })), 401, 'unauthenticated');
    expect(issuer.requests).toEqual([]);
  });

  test('open by any of its keys, and the keys are fetched once', async () => {
    for (const key of keys) expect((await ask(signWithKey(key))).status).toBe(200);
    expectProblem(await ask(signWithKey(rsa, { scope: 'query' })), 403, 'forbidden');
    expect(issuer.requests).toEqual(['/keys']);
  });

  test('leave those that are issued here good beside them', async () => {
    const { body: made } = await post(server, '/admin/keys', { name: 'reporter', scopes: ['ingest'] });
    const { body } = await post(
      server,
      '/token',
      { client_id: made.id, client_secret: made.key },
      { key: null },
    );
    expect((await ask(body.access_token)).status).toBe(200);
    expectProblem(
      await post(server, '/search', { query: 'a' }, { token: body.access_token }),
      403,
      'forbidden',
    );
  });

  test.each<[string, (elsewhere: JwksServer) => string]>([
    ['its own key in the header', () => signWithKey(eve, {}, { jwk: eve.jwk })],
    ['its own key set', ({ url }) => signWithKey(eve, {}, { jku: url })],
    ['its own certificate', ({ url }) => signWithKey(eve, {}, { x5u: url, x5c: ['AAAA'] })],
    ['its own key set for a name', ({ url }) => signWithKey(eve, {}, { kid: url })],
    ['its own key set for an issuer', ({ url }) => signWithKey(eve, { iss: url })],
    ['a path for a name', () => signWithKey(eve, {}, { kid: '../../../../dev/null' })],
    ['a statement for a name', () => signWithKey(eve, {}, { kid: "x' union select 'secret" })],
    ['10 kB for a name', () => signWithKey(eve, {}, { kid: 'a'.repeat(10_000) })],
    ['another key of a right name', () => signWithKey({ ...eve, kid: rsa.kid })],
    ['the public key as a secret', () => forge({ alg: 'HS256', kid: 'rsa' }, goodClaims(), rsa.publicPem)],
    ['the key’s modulus as a secret', () => forge({ alg: 'HS256', kid: 'rsa' }, goodClaims(), rsa.jwk.n)],
    ['another audience', () => signWithKey(rsa, { aud: ['one', 'another'] })],
    ['a key that it was issued for', () => signWithKey(rsa, { sub: 'key:abcd1234', key_id: 'abcd1234' })],
  ])('are refused with %s, and no other address is asked', async (_name, token) => {
    const elsewhere = await startJwksServer(eve);
    const asked = issuer.requests.length;
    expectProblem(await ask(token(elsewhere)), 401, 'unauthenticated');
    expect(elsewhere.requests).toEqual([]);
    expect(issuer.requests).toHaveLength(asked);
    await elsewhere.stop();
  });
});

describe('tokens while the issuer is away', () => {
  let issuer: JwksServer;
  let server: RunningServer;
  beforeAll(async () => {
    issuer = await startJwksServer(rsa);
    issuer.answer = isDown;
    server = await startServer({ env: { ...rules, JWT_JWKS_URL: issuer.url } });
  });
  afterAll(async () => {
    await server.stop();
    await issuer.stop();
  });

  test('cannot be checked, keys can, and all is well once it is back', async () => {
    const ask = () => get(server, '/admin/documents', { token: signWithKey(rsa) });
    const reply = await ask();
    expectProblem(reply, 503, 'unavailable');
    expect(reply.headers.get('retry-after')).toBe('5');
    expect(JSON.stringify(reply.body)).not.toContain(new URL(issuer.url).host);
    expect((await get(server, '/admin/documents')).status).toBe(200);
    issuer.publish(rsa);
    await eventually(async () => (await ask()).status === 200, { what: 'the issuer’s return' });
  });
});

describe('tokens by a public key', () => {
  test.each(PUBLIC_KEY_ALGORITHMS)('open by %s, the key written on one line', async (algorithm) => {
    const key = makeSigningKey(algorithm);
    const JWT_PUBLIC_KEY = key.publicPem.trim().replaceAll('\n', '\\n');
    const server = await startServer({ env: { ...rules, JWT_PUBLIC_KEY } });
    const ask = (token: string) => post(server, '/search', { query: 'a' }, { token });
    expect((await ask(signWithKey(key))).status).toBe(200);
    expectProblem(await ask(signWithKey(makeSigningKey(algorithm))), 401, 'unauthenticated');
    for (const secret of [key.publicPem, key.publicPem.trim(), JWT_PUBLIC_KEY])
      expectProblem(await ask(forge({ alg: 'HS256' }, goodClaims(), secret)), 401, 'unauthenticated');
    await server.stop();
  });

  test('do not start with a private one, which is not printed', async () => {
    const printed = await startInVain({ ...rules, JWT_PUBLIC_KEY: rsa.privatePem });
    expect(printed).toContain('JWT_PUBLIC_KEY');
    for (const line of rsa.privatePem.split('\n').slice(1, -2)) expect(printed).not.toContain(line);
  });
});
