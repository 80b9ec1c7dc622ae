import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.ts';
import { get, post, send, type Reply } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

const expectLimited = (reply: Reply) => {
  expectProblem(reply, 429, 'rate_limited');
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(60);
};

describe('a principal’s requests a minute', () => {
  let server: RunningServer;
  beforeAll(async () => (server = await startServer({ env: { ...JWT_ENV, RATE_LIMIT_PER_MINUTE: '4' } })));
  afterAll(() => server.stop());

  test('are counted together for all routes, and the fifth is told when to come back', async () => {
    const sent = { token: signToken({ sub: 'busy', scope: 'admin' }) };
    const first = await post(server, '/search', { query: 'a' }, sent);
    expect(first.headers.get('ratelimit')).toMatch(/principal-per-minute/);
    expect((await get(server, '/admin/documents', sent)).status).toBe(200);
    expect((await post(server, '/query', { query: '' }, sent)).status).toBe(400);
    expect((await get(server, '/admin/documents/none', sent)).status).toBe(404);
    expectLimited(await post(server, '/search', { query: 'a' }, sent));
    expectLimited(await get(server, '/admin/documents', sent));
  });

  test('are another’s own: neither another subject nor another tenant pays for them', async () => {
    for (let turn = 0; turn < 5; turn += 1)
      await get(server, '/admin/documents', { token: signToken({ sub: 'greedy' }) });
    for (const claims of [{ sub: 'modest' }, { sub: 'greedy', tenant: 'other' }]) {
      const reply = await get(server, '/admin/documents', { token: signToken(claims) });
      expect(reply.status).toBe(200);
    }
    expectLimited(await get(server, '/admin/documents', { token: signToken({ sub: 'greedy' }) }));
  });

  test('are the key’s own, where it has a limit of its own, and a token for it does not double them', async () => {
    const made = await post(server, '/admin/keys', {
      name: 'slow',
      scopes: ['ingest'],
      requests_per_minute: 2,
    });
    expect(made.status).toBe(201);
    const { id, key } = made.body as { id: string; key: string };
    const credentials = { grant_type: 'client_credentials', client_id: id, client_secret: key };
    const issued = await send(server, 'POST', '/token', {
      key: null,
      body: new URLSearchParams(credentials).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const token = issued.body.access_token as string;
    expect((await get(server, '/admin/documents', { key })).headers.get('ratelimit-policy')).toMatch(/q=2\b/);
    expect((await get(server, '/admin/documents', { token })).status).toBe(200);
    for (const sent of [{ key }, { token }]) {
      const refused = await get(server, '/admin/documents', sent);
      expectLimited(refused);
      expect(refused.body.detail).toContain('the limit is 2 a minute');
    }
  });

  test('are not used up by what the scope refuses', async () => {
    const sent = { token: signToken({ sub: 'unscoped', scope: 'query' }) };
    for (let turn = 0; turn < 6; turn += 1)
      expectProblem(await get(server, '/admin/documents', sent), 403, 'forbidden');
    expect((await post(server, '/search', { query: 'a' }, sent)).status).toBe(200);
  });
});

describe('an address’s requests a minute', () => {
  let server: RunningServer;
  const from = (address: string) => ({
    key: 'a guess at a key, 24 characters',
    headers: { 'x-forwarded-for': address },
  });
  beforeAll(async () => {
    server = await startServer({ env: { ADDRESS_RATE_LIMIT_PER_MINUTE: '5', TRUST_PROXY: 'loopback' } });
  });
  afterAll(() => server.stop());

  test('bound the guessing of keys, and a right key does not help', async () => {
    for (let turn = 0; turn < 5; turn += 1)
      expectProblem(await get(server, '/admin/documents', from('198.51.100.7')), 401, 'unauthenticated');
    expectLimited(await get(server, '/admin/documents', from('198.51.100.7')));
    expectLimited(await get(server, '/admin/documents', { headers: { 'x-forwarded-for': '198.51.100.7' } }));
    expect((await get(server, '/admin/documents', from('198.51.100.8'))).status).toBe(401);
  });

  test('are those of the last hop the proxy saw: a client cannot write itself a new one', async () => {
    const statuses = [];
    for (let turn = 0; turn < 7; turn += 1)
      statuses.push((await get(server, '/admin/documents', from(`203.0.113.${turn}, 192.0.2.1`))).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('are one network’s for IPv6: its owner has too many addresses to count each', async () => {
    for (let turn = 0; turn < 5; turn += 1) await get(server, '/health', from(`2001:db8:0:1::${turn + 1}`));
    expectLimited(await get(server, '/health', from('2001:db8:0:1:ffff::1')));
  });
});

test('with TRUST_PROXY=0 nobody is believed about an address', async () => {
  const server = await startServer({ env: { ADDRESS_RATE_LIMIT_PER_MINUTE: '3', TRUST_PROXY: '0' } });
  try {
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1)
      statuses.push(
        (await get(server, '/health', { headers: { 'x-forwarded-for': `203.0.113.${turn}` } })).status,
      );
    expect(statuses).toEqual([200, 200, 200, 429]);
  } finally {
    await server.stop();
  }
});
