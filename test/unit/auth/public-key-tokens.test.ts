import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { TokenRefused } from '../../../src/auth/token-refused.ts';
import { createTokens } from '../../../src/auth/tokens.ts';
import { parseSettings } from '../../../src/config/load.ts';
import { answersWith, isDown, startJwksServer, type JwksServer } from '../../support/jwks-server.ts';
import {
  forge,
  goodClaims,
  JWT_AUDIENCE,
  JWT_ISSUER,
  makeSigningKey,
  nowSeconds,
  PUBLIC_KEY_ALGORITHMS,
  signWithKey,
} from '../../support/tokens.ts';

const rules = { JWT_ISSUER, JWT_AUDIENCE };
const open = (environment: Record<string, string>) =>
  createTokens(parseSettings({ ...rules, ...environment }), Buffer.alloc(32, 7));
const someone = { tenant: 'default', subject: 'someone', scopes: ['query', 'ingest'], groups: [] };

const rsa = makeSigningKey('RS256');
const ec = makeSigningKey('ES256');

describe.each(PUBLIC_KEY_ALGORITHMS)('a token by %s', (algorithm) => {
  const key = makeSigningKey(algorithm);
  const other = makeSigningKey(algorithm);
  const { verify } = open({ JWT_PUBLIC_KEY: key.publicPem });

  test('is good when signed by the public key’s owner', async () => {
    expect(await verify(signWithKey(key))).toEqual(someone);
    expect(await verify(signWithKey(key, { aud: ['another', JWT_AUDIENCE] }))).toEqual(someone);
  });

  test('is good by a key whose line breaks are written out', async () => {
    const written = open({ JWT_PUBLIC_KEY: key.publicPem.replaceAll('\n', '\\n') });
    expect(await written.verify(signWithKey(key))).toEqual(someone);
  });

  test.each<[string, () => string]>([
    ['another key', () => signWithKey(other)],
    ['its end in the past', () => signWithKey(key, { exp: nowSeconds() - 31 })],
    ['no end', () => signWithKey(key, { exp: undefined })],
    ['an end that is a word', () => signWithKey(key, { exp: 'never' })],
    ['its beginning in the future', () => signWithKey(key, { nbf: nowSeconds() + 60 })],
    ['its making in the future', () => signWithKey(key, { iat: nowSeconds() + 60 })],
    ['another issuer', () => signWithKey(key, { iss: 'https://evil.example' })],
    ['another audience', () => signWithKey(key, { aud: ['another-service'] })],
    ['no audience', () => signWithKey(key, { aud: undefined })],
    ['the subject of a key', () => signWithKey(key, { sub: 'key:abcd1234' })],
    ['a header that lies about the algorithm', () => signWithKey(key, {}, { alg: 'HS256' })],
    ['a signature that is cut off', () => signWithKey(key).slice(0, -8)],
    ['no signature', () => signWithKey(key).replace(/[^.]+$/, '')],
    [
      'an altered signature',
      () =>
        signWithKey(key).replace(/\.(.)([^.]+)$/, (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`),
    ],
    ['the public key as an HMAC’s secret', () => forge({ alg: 'HS256' }, goodClaims(), key.publicPem)],
    [
      'the trimmed public key as an HMAC’s secret',
      () => forge({ alg: 'HS256' }, goodClaims(), key.publicPem.trim()),
    ],
  ])('is refused with %s', async (_name, token) => {
    expect(await verify(token())).toBeInstanceOf(TokenRefused);
  });

  test('is refused where the list of algorithms leaves it out', async () => {
    const others = PUBLIC_KEY_ALGORITHMS.filter((name) => name !== algorithm);
    const issuer = await startJwksServer(key);
    const strict = open({ JWT_JWKS_URL: issuer.url, JWT_ALGORITHMS: others.join() });
    expect(await strict.verify(signWithKey(key))).toBeInstanceOf(TokenRefused);
    expect(issuer.requests).toEqual([]);
    await issuer.stop();
  });

  test('names no key of ours, whatever it claims', async () => {
    expect(await verify(signWithKey(key, { key_id: 'abcd1234' }))).toEqual(someone);
  });
});

describe('an issuer’s key set', () => {
  let issuer: JwksServer;
  let passedMs = 0;
  const pass = (ms: number) => (passedMs += ms);
  beforeEach(async () => {
    issuer = await startJwksServer(rsa);
    const start = performance.timeOrigin;
    passedMs = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => start + performance.now() + passedMs);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await issuer.stop();
  });

  test.each(PUBLIC_KEY_ALGORITHMS)('verifies %s', async (algorithm) => {
    const key = makeSigningKey(algorithm, 'its key');
    issuer.publish(rsa, ec, key);
    const { verify } = open({ JWT_JWKS_URL: issuer.url });
    expect(await verify(signWithKey(key))).toEqual(someone);
    expect(await verify(signWithKey({ ...key, kid: 'key-1' }))).toBeInstanceOf(TokenRefused);
    expect(await verify(signWithKey(key, { aud: 'another' }))).toBeInstanceOf(TokenRefused);
    expect(issuer.requests).toHaveLength(1);
  });

  test('serves tokens that name no key', async () => {
    const second = makeSigningKey('RS256', 'key-2');
    issuer.publish(rsa, second);
    const { verify } = open({ JWT_JWKS_URL: issuer.url });
    const unnamed = { kid: undefined };
    expect(await verify(signWithKey(second, {}, unnamed))).toEqual(someone);
    expect(await verify(signWithKey(makeSigningKey('RS256'), {}, unnamed))).toBeInstanceOf(TokenRefused);
  });

  test('may stand beside a public key of the same kind', async () => {
    const { verify } = open({ JWT_JWKS_URL: issuer.url, JWT_PUBLIC_KEY: makeSigningKey('RS256').publicPem });
    expect(await verify(signWithKey(rsa))).toEqual(someone);
  });

  test('is fetched anew for an unknown name, once in a cooldown, however many come', async () => {
    const { verify } = open({ JWT_JWKS_URL: issuer.url });
    await verify(signWithKey(rsa));
    const flood = () =>
      Promise.all(Array.from({ length: 50 }, (_, n) => verify(signWithKey({ ...ec, kid: `made-up-${n}` }))));
    for (const one of await flood()) expect(one).toMatchObject({ reason: 'no_such_key' });
    expect(issuer.requests).toHaveLength(1);
    pass(31_000);
    await flood();
    await flood();
    expect(issuer.requests).toHaveLength(2);
  });

  test('is rotated: a new key is used, and one that was taken away ceases', async () => {
    const next = makeSigningKey('RS256', 'key-2');
    const { verify } = open({ JWT_JWKS_URL: issuer.url });
    expect(await verify(signWithKey(rsa))).toEqual(someone);
    issuer.publish(rsa, next);
    pass(31_000);
    expect(await verify(signWithKey(next))).toEqual(someone);
    issuer.publish(next);
    expect(await verify(signWithKey(rsa))).toEqual(someone);
    pass(10 * 60_000);
    expect(await verify(signWithKey(rsa))).toBeInstanceOf(TokenRefused);
    expect(await verify(signWithKey(next))).toEqual(someone);
    expect(issuer.requests).toHaveLength(3);
  });

  test('stands in for itself while the issuer is away, for an hour', async () => {
    const { verify } = open({ JWT_JWKS_URL: issuer.url });
    await verify(signWithKey(rsa));
    issuer.answer = isDown;
    for (const _tenMinutes of Array.from({ length: 5 })) {
      pass(10 * 60_000 - 1_000);
      expect(await verify(signWithKey(rsa, { exp: nowSeconds() + 9_000 }))).toEqual(someone);
    }
    // A key that is not there may be a new one: nobody can say.
    await expect(verify(signWithKey(ec))).rejects.toMatchObject({ code: 'unavailable' });
    pass(10 * 60_000);
    const late = signWithKey(rsa, { exp: nowSeconds() + 9_000 });
    await expect(verify(late)).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
    issuer.publish(rsa);
    await expect(verify(late)).rejects.toMatchObject({ code: 'unavailable' });
    pass(5_000);
    expect(await verify(late)).toEqual(someone);
  });

  test.each<[string, JwksServer['answer']]>([
    ['is down', isDown],
    ['answers with an error', answersWith('{"keys":[]}', 500)],
    ['sends elsewhere', answersWith('', 302, { location: '/elsewhere' })],
    ['answers with a page', answersWith('<html>')],
    ['answers with something else', answersWith('{"keys":"none"}')],
    ['answers with too much', answersWith(JSON.stringify({ keys: [], padding: 'a'.repeat(300_000) }))],
    ['answers without an end', (response) => void response.writeHead(200).write('a'.repeat(300_000))],
  ])('cannot be had when the issuer %s, which is no fault of the token', async (_name, answer) => {
    issuer.answer = answer;
    const { verify } = open({ JWT_JWKS_URL: issuer.url });
    const failures = await Promise.allSettled(Array.from({ length: 20 }, () => verify(signWithKey(rsa))));
    for (const failure of failures)
      expect(failure).toMatchObject({ reason: { code: 'unavailable', retryAfterSeconds: 5 } });
    await expect(verify(signWithKey(rsa))).rejects.toMatchObject({ code: 'unavailable' });
    expect(issuer.requests).toEqual(['/keys']);
    issuer.publish(rsa);
    pass(5_000);
    expect(await verify(signWithKey(rsa))).toEqual(someone);
  });

  test.each<[string, () => object]>([
    ['is a secret', () => ({ kty: 'oct', k: Buffer.from('secret').toString('base64url'), kid: 'key-1' })],
    ['is for encryption', () => ({ ...rsa.jwk, use: 'enc' })],
    ['is for another algorithm', () => ({ ...rsa.jwk, alg: 'RS512' })],
    ['is private', () => rsa.privateKey.export({ format: 'jwk' })],
    ['is too short', () => ({ ...rsa.jwk, n: rsa.jwk.n?.slice(0, 171) })],
    ['is broken', () => ({ kty: 'RSA', kid: 'key-1', alg: 'RS256' })],
  ])('opens nothing with a key that %s', async (_name, key) => {
    issuer.answer = answersWith(JSON.stringify({ keys: [key()] }));
    const { verify } = open({ JWT_JWKS_URL: issuer.url });
    expect(await verify(signWithKey(rsa))).toBeInstanceOf(TokenRefused);
    expect(await verify(forge({ alg: 'HS256', kid: 'key-1' }, goodClaims(), 'secret'))).toBeInstanceOf(
      TokenRefused,
    );
  });

  test.each<[string, Record<string, unknown>]>([
    ['no algorithm', { alg: undefined }],
    ['an algorithm nobody knows', { alg: 'none' }],
    ['another algorithm', { alg: 'RS512' }],
    ['another type', { typ: 'secevent+jwt' }],
    ['a key of its own', { jwk: rsa.jwk }],
    ['the address of a key set', { jku: 'http://127.0.0.1:1/keys' }],
    ['the address of a certificate', { x5u: 'http://127.0.0.1:1/keys' }],
    ['a certificate', { x5c: ['AAAA'] }],
    ['a demand', { crit: ['exp'] }],
    ['an empty demand', { crit: null }],
    ['a name that is a list', { kid: ['key-1'] }],
    ['a name that is long', { kid: 'a'.repeat(201) }],
  ])('is not even fetched for a header with %s', async (_name, header) => {
    const { verify } = open({ JWT_JWKS_URL: issuer.url });
    expect(await verify(signWithKey(rsa, {}, header))).toBeInstanceOf(TokenRefused);
    expect(issuer.requests).toEqual([]);
    expect(await verify(signWithKey(rsa, {}, { typ: 'application/AT+JWT' }))).toEqual(someone);
  });

  test.each(['../../etc/passwd', "' or 1=1 --", '__proto__', 'key-1\0', '/keys?kid=1'])(
    'is searched for the name %j, and that is all that a name does',
    async (kid) => {
      const { verify } = open({ JWT_JWKS_URL: issuer.url });
      expect(await verify(signWithKey(rsa, {}, { kid }))).toBeInstanceOf(TokenRefused);
      expect(issuer.requests).toEqual(['/keys']);
    },
  );
});
