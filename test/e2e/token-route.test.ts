import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, post, remove, send, type Reply } from '../support/http.ts';
import { makeKey, searchStatus } from '../support/keys.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV } from '../support/tokens.ts';

const NOBODY = { key: null };

describe.each([
  ['alone', {}],
  [
    'beside an issuer’s JWT_SECRET, with a pepper',
    { ...JWT_ENV, API_KEY_PEPPER: 'a pepper of the tests of POST /token' },
  ],
])('POST /token, %s', (_title, env) => {
  let server: RunningServer;
  beforeAll(async () => (server = await startServer({ env: { ...env, LOG_LEVEL: 'silly' } })));
  afterAll(() => server.stop());

  const ask = (body: object) => post(server, '/token', body, NOBODY);
  const tokenFor = async ({ id, key }: Reply['body'], more: object = {}) => {
    const reply = await ask({ client_id: id, client_secret: key, ...more });
    expect([reply.status, reply.body.detail]).toEqual([200, undefined]);
    return reply.body.access_token as string;
  };
  const documents = async (token: string) => (await get(server, '/admin/documents', { token })).status;

  test('gives a bearer token for a key, not to be cached', async () => {
    const { id, key } = await makeKey(server, { scopes: ['query', 'ingest'] });
    const { status, headers, body } = await ask({ client_id: id, client_secret: key });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'query ingest',
    });
    expect(await searchStatus(server, { token: body.access_token })).toBe(200);
    expect(await documents(body.access_token)).toBe(200);
    expectProblem(await get(server, '/admin/keys', { token: body.access_token }), 403, 'forbidden');
  });

  test('takes a form, as OAuth clients send it', async () => {
    const { id, key } = await makeKey(server, { scopes: ['query', 'ingest'] });
    const fields = { grant_type: 'client_credentials', client_id: id, client_secret: key, scope: 'query' };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = (body: string) => send(server, 'POST', '/token', { ...NOBODY, headers, body });
    const reply = await form(new URLSearchParams(fields).toString());
    expect(reply.body).toMatchObject({ token_type: 'Bearer', scope: 'query' });
    expect(await searchStatus(server, { token: reply.body.access_token })).toBe(200);
    const twice = `${new URLSearchParams(fields).toString()}&client_id=${id}`;
    expectProblem(await form(twice), 400, 'invalid_request');
    expectProblem(await form('a=1&'.repeat(2_000)), 400, 'invalid_request');
    expectProblem(await form(''), 400, 'invalid_request');
  });

  test('narrows the token to the scopes that are asked for', async () => {
    const made = await makeKey(server, { scopes: ['query', 'ingest'] });
    const token = await tokenFor(made, { scope: 'query' });
    expect(await searchStatus(server, { token })).toBe(200);
    expect(await documents(token)).toBe(403);
    const admin = await makeKey(server, { scopes: ['admin'] });
    expect(await documents(await tokenFor(admin))).toBe(200);
    expect(await documents(await tokenFor(admin, { scope: 'ingest' }))).toBe(200);
    const query = await tokenFor(admin, { scope: 'query' });
    expect(await documents(query)).toBe(403);
    expectProblem(await get(server, '/admin/keys', { token: query }), 403, 'forbidden');
  });

  test.each(['ingest', 'query ingest', 'admin', 'everything', '', ' query', 'query  query', 'QUERY'])(
    'gives no token of the scope "%s" to a key for questions',
    async (scope) => {
      const { id, key } = await makeKey(server);
      expectProblem(await ask({ client_id: id, client_secret: key, scope }), 400, 'invalid_request');
    },
  );

  test('carries the tenant and the groups of the key, whatever they are called', async () => {
    const tenant = 'ünï "tenant"';
    const { id } = await makeKey(server, { tenant, groups: ['"'] });
    await makeKey(server, { tenant, groups: ['others'] });
    const admin = await makeKey(server, { tenant, scopes: ['admin'], groups: ['a b', '"'] });
    const { keys } = (await get(server, '/admin/keys', { token: await tokenFor(admin) })).body;
    expect(keys.map((key: { id: string }) => key.id)).toEqual([admin.id, id]);
  });

  test('opens for the keys of the settings too, whose public id the log names', async () => {
    const bootstrapId = async (key: string) => {
      await get(server, '/admin/documents', { key });
      return eventually(async () => /"keyId":"(env-[0-9a-f]{8})"/.exec(server.output().slice(-600))?.[1]);
    };
    const token = await tokenFor({ id: await bootstrapId(server.key), key: server.key });
    expect((await get(server, '/admin/keys', { token })).status).toBe(200);
    expect((await makeKey(server, { tenant: 'elsewhere' }, { token })).tenant).toBe('elsewhere');
  });

  test('a token dies with its key, and with the secret that it was given for', async () => {
    const made = await makeKey(server);
    const token = await tokenFor(made);
    const rotate = async (overlap_seconds: number) =>
      (await post(server, `/admin/keys/${made.id}/rotate`, { overlap_seconds })).body as { key: string };
    const { key } = await rotate(300);
    const next = await tokenFor({ ...made, key });
    expect(await searchStatus(server, { token })).toBe(200);
    await rotate(0);
    for (const old of [token, next])
      expectProblem(await post(server, '/search', { query: 'a' }, { token: old }), 401, 'unauthenticated');

    const revoked = await makeKey(server);
    const last = await tokenFor(revoked);
    expect(await searchStatus(server, { token: last })).toBe(200);
    await remove(server, `/admin/keys/${revoked.id}`);
    expectProblem(await post(server, '/search', { query: 'a' }, { token: last }), 401, 'unauthenticated');
  });

  test('a token never outlives its key, nor the secret that it was given for', async () => {
    const inTenMinutes = new Date(Date.now() + 600_000).toISOString();
    const ending = await makeKey(server, { expires_at: inTenMinutes });
    const { body } = await ask({ client_id: ending.id, client_secret: ending.key });
    expect(body.expires_in).toBeGreaterThan(590);
    expect(body.expires_in).toBeLessThanOrEqual(600);
    const { id, key: old } = await makeKey(server);
    const { key } = (await post(server, `/admin/keys/${id}/rotate`, { overlap_seconds: 300 })).body;
    expect((await ask({ client_id: id, client_secret: old })).body.expires_in).toBeLessThanOrEqual(300);
    expect((await ask({ client_id: id, client_secret: key })).body.expires_in).toBe(900);
    const short = await makeKey(server, { expires_at: new Date(Date.now() + 1_500).toISOString() });
    const token = await tokenFor(short);
    expect(await searchStatus(server, { token })).toBe(200);
    await eventually(async () => (await searchStatus(server, { token })) === 401, { patienceMs: 4_000 });
  });

  test('401, in the same words, for whatever is wrong with the id or the key', async () => {
    const { id, key } = await makeKey(server);
    const other = await makeKey(server);
    const revoked = await makeKey(server);
    await remove(server, `/admin/keys/${revoked.id}`);
    const { detail } = (await get(server, '/admin/documents', NOBODY)).body;
    for (const [client_id, client_secret] of [
      [other.id, key],
      [id.slice(0, 8), key],
      [key, key],
      [id, other.key],
      [id, key.split('_')[2]],
      [id, `sp_${id}_${'A'.repeat(32)}`],
      ['ffffffffffff', `sp_ffffffffffff_${'A'.repeat(32)}`],
      [revoked.id, revoked.key],
      [id, 'x'],
      ['constructor', '__proto__'],
    ]) {
      const reply = await ask({ client_id, client_secret });
      expectProblem(reply, 401, 'unauthenticated');
      expect(reply.body.detail).toBe(detail);
    }
  });

  test.each<[string, object]>([
    ['another grant', { grant_type: 'password' }],
    ['no secret', { client_secret: undefined }],
    ['no id', { client_id: undefined }],
    ['an id that is no text', { client_id: ['a'] }],
    ['a field nobody knows', { tenant: 'red' }],
  ])('400: %s', async (_name, fields) => {
    const { id, key } = await makeKey(server);
    expectProblem(await ask({ client_id: id, client_secret: key, ...fields }), 400, 'invalid_request');
  });

  test('reads no other body, and nothing from the URL', async () => {
    const { id, key } = await makeKey(server);
    const headers = { 'content-type': 'text/plain' };
    const sent = { ...NOBODY, headers, body: `client_id=${id}&client_secret=${key}` };
    expectProblem(await send(server, 'POST', '/token', sent), 415, 'unsupported_media_type');
    expectProblem(await post(server, `/token?${sent.body}`, {}, NOBODY), 400, 'invalid_request');
    expectProblem(await get(server, '/token', NOBODY), 405, 'method_not_allowed');
  });

  test('leaves neither key nor token in the log', async () => {
    const made = await makeKey(server);
    const token = await tokenFor(made);
    await searchStatus(server, { token });
    await eventually(async () => server.output().includes(made.id));
    for (const secret of [made.key, token]) expect(server.output()).not.toContain(secret);
  });
});
