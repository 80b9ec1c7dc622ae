import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, ingest, post, send, type Reply, type Sent } from '../support/http.ts';
import { makeKey } from '../support/keys.ts';
import { startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

const QUESTION = { query: 'When does the archive close?' };
/** 800 tokens in and 40 out of gpt-4o-mini, at USD 0.15 and 0.60 a million. */
const COST = 0.000144;

describe('what all callers of a tenant use together', () => {
  let provider: OpenAiServer;
  let server: RunningServer;
  let replica: RunningServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    const env = {
      ...JWT_ENV,
      ...provider.env,
      LLM_MAX_OUTPUT_TOKENS: '40',
      TENANT_TOKENS_PER_MINUTE: '50000',
    };
    server = await startServer({ env });
    replica = await startServer({ env: server.env });
  });
  afterAll(async () => {
    await replica.stop();
    await server.stop();
    await provider.stop();
  });

  /** A tenant of its own for each test. */
  const newTenant = () => `tenant ${randomUUID()}`;
  const pathOf = (tenant: string) => `/admin/tenants/${encodeURIComponent(tenant)}/limits`;
  const put = (tenant: string, limits: unknown, sent: Sent = {}) =>
    send(server, 'PUT', pathOf(tenant), {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(limits),
      ...sent,
    });
  const setLimits = async (tenant: string, limits: object) => {
    const { status, body } = await put(tenant, limits);
    expect([status, body.detail]).toEqual([200, undefined]);
  };
  const ask = (sent: Sent, from = server) => post(from, '/query', QUESTION, sent);
  const look = (sent: Sent, from = server) => post(from, '/search', { query: 'moat' }, sent);
  const as = (tenant: string, sub: string) => ({ token: signToken({ tenant, sub, scope: 'query' }) });
  const fill = (tenant: string) =>
    ingest(server, [{ text: 'The archive closes at five.' }], {
      token: signToken({ tenant, sub: 'clerk', scope: 'ingest' }),
    });
  const expectRefused = (reply: Reply, code: string, scope: string) => {
    expectProblem(reply, 429, code);
    expect(reply.body.scope).toBe(scope);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  };

  test('is as the settings say until a global key sets it', async () => {
    const tenant = newTenant();
    const none = { requests_per_minute: null, budget_usd_per_day: null, budget_usd_per_month: null };
    const byDefault = { tenant, ...none, tokens_per_minute: 50_000 };
    expect((await get(server, pathOf(tenant))).body).toEqual(byDefault);
    const set = {
      requests_per_minute: 7,
      tokens_per_minute: 9,
      budget_usd_per_day: 1.5,
      budget_usd_per_month: 0,
    };
    expect(await put(tenant, set)).toMatchObject({ status: 200, body: { tenant, ...set } });
    expect((await get(server, pathOf(tenant))).body).toEqual({ tenant, ...set });
    await setLimits(tenant, {});
    expect((await get(replica, pathOf(tenant))).body).toEqual(byDefault);
  });

  test('is set by nobody else, and by no mistake', async () => {
    const tenant = newTenant();
    const { key } = await makeKey(server, { tenant, scopes: ['admin'] });
    for (const sent of [
      { key },
      { token: signToken({ tenant, scope: 'admin' }) },
      { key: server.queryKey },
    ]) {
      expectProblem(await put(tenant, { requests_per_minute: 1 }, sent), 403, 'forbidden');
      expectProblem(await get(server, pathOf(tenant), sent), 403, 'forbidden');
    }
    for (const wrong of [
      { requests_per_minute: 0 },
      { tokens_per_minute: 1.5 },
      { budget_usd_per_day: -1 },
      { rate: 1 },
      'all',
    ])
      expectProblem(await put(tenant, wrong), 400, 'invalid_request');
    expectProblem(await put('a'.repeat(101), {}), 400, 'invalid_request');
    expectProblem(await post(server, pathOf(tenant), {}), 405, 'method_not_allowed');
  });

  test('is on record, with the tenant whose limits they are', async () => {
    const tenant = newTenant();
    await setLimits(tenant, { requests_per_minute: 100 });
    const { key } = await makeKey(server, { tenant, scopes: ['audit'] });
    const { events } = (await get(server, '/admin/audit?event=admin_action', { key })).body;
    expect(events).toContainEqual(
      expect.objectContaining({ action: 'tenants.limits.set', tenant, outcome: 'success' }),
    );
  });

  test('requests are counted over all its keys and tokens, and another tenant has its own', async () => {
    const [tenant, other] = [newTenant(), newTenant()];
    for (const one of [tenant, other]) await setLimits(one, { requests_per_minute: 3 });
    const { key } = await makeKey(server, { tenant });
    const callers = [{ key }, as(tenant, 'ann'), as(tenant, 'bob')];
    for (const sent of callers) {
      const reply = await look(sent);
      expect(reply.status).toBe(200);
      expect(reply.headers.get('ratelimit-policy')).toMatch(/"tenant-per-minute"; q=3;/);
    }
    for (const sent of callers) expectRefused(await look(sent), 'rate_limited', 'tenant');
    expect((await look(as(other, 'ann'))).status).toBe(200);
  });

  test('who is over a limit of their own uses up nothing of the others’', async () => {
    const tenant = newTenant();
    await setLimits(tenant, { requests_per_minute: 3 });
    const { key } = await makeKey(server, { tenant, requests_per_minute: 1 });
    expect((await look({ key })).status).toBe(200);
    for (let turn = 0; turn < 5; turn += 1) expectRefused(await look({ key }), 'rate_limited', 'key');
    expect((await look(as(tenant, 'ann'))).status).toBe(200);
  });

  test('no key is made with more than its tenant has, and none keeps more', async () => {
    const tenant = newTenant();
    await setLimits(tenant, { requests_per_minute: 10, budget_usd_per_day: 5, budget_usd_per_month: 4 });
    const { key: admin } = await makeKey(server, { tenant, scopes: ['admin'] });
    const create = (fields: object) =>
      post(server, '/admin/keys', { name: 'a key', scopes: ['query'], ...fields }, { key: admin });
    for (const [path, value, most] of [
      ['requests_per_minute', 11, 10],
      ['budget_usd_per_day', 4.5, 4],
    ] as const) {
      const reply = await create({ [path]: value });
      expectProblem(reply, 400, 'invalid_request');
      expect(reply.body.detail).toBe(`A key cannot have more than its tenant: ${path} is at most ${most}.`);
      expect(reply.body.issues).toEqual([{ path, message: `the tenant's own limit is ${most}` }]);
    }
    const made = await create({ requests_per_minute: 10, budget_usd_per_day: 4 });
    expect(made.status).toBe(201);
    // The admin has made three requests.
    await setLimits(tenant, { requests_per_minute: 5 });
    for (let turn = 0; turn < 2; turn += 1) expect((await look({ key: made.body.key })).status).toBe(200);
    expectRefused(await look({ key: made.body.key }), 'rate_limited', 'tenant');
  });

  test('a change holds here at once and elsewhere within a second, whichever way', async () => {
    const tenant = newTenant();
    const policy = async (from: RunningServer) =>
      (await look(as(tenant, 'ann'), from)).headers.get('ratelimit-policy');
    expect(await policy(replica)).not.toContain('tenant');
    for (const limit of [500, 400]) {
      await setLimits(tenant, { requests_per_minute: limit });
      expect(await policy(server)).toContain(`q=${limit};`);
      await eventually(async () => (await policy(replica))?.includes(`q=${limit};`), { patienceMs: 3_000 });
    }
  });

  test('an exhausted tenant keeps nobody from raising its limit, nor from reading metrics', async () => {
    await setLimits('default', { requests_per_minute: 1 });
    expect((await look({ key: server.queryKey })).status).toBe(200);
    expectRefused(await look({ key: server.queryKey }), 'rate_limited', 'tenant');
    expect((await get(server, '/metrics')).status).toBe(200);
    await setLimits('default', {});
    expect((await look({ key: server.queryKey })).status).toBe(200);
  });

  test('tokens of a minute are counted over all its callers', async () => {
    const tenant = newTenant();
    await fill(tenant);
    await setLimits(tenant, { tokens_per_minute: 2_000 });
    expect((await ask(as(tenant, 'ann'))).status).toBe(200);
    expect((await ask(as(tenant, 'bob'))).status).toBe(200);
    expectRefused(await ask(as(tenant, 'cleo')), 'token_limited', 'tenant');
    await setLimits(tenant, { tokens_per_minute: 20_000 });
    expect((await ask(as(tenant, 'cleo'))).status).toBe(200);
  });

  test.each(['day', 'month'])('dollars of a %s are, also while there was no budget', async (period) => {
    const tenant = newTenant();
    const budget = `budget_usd_per_${period}`;
    await fill(tenant);
    await setLimits(tenant, { [budget]: 2.5 * COST });
    for (const who of ['ann', 'bob']) expect((await ask(as(tenant, who))).status).toBe(200);
    expectRefused(await ask(as(tenant, 'cleo')), 'budget_exceeded', 'tenant');
    await setLimits(tenant, {});
    for (const who of ['ann', 'bob', 'cleo']) expect((await ask(as(tenant, who))).status).toBe(200);
    await setLimits(tenant, { [budget]: 4.5 * COST });
    const refused = await ask(as(tenant, 'dora'));
    expectRefused(refused, 'budget_exceeded', 'tenant');
    expect(refused.body.detail).toContain(`this tenant for ${period === 'day' ? 'today' : 'this month'}`);
    // What was spent is in the database by and by, so another process knows of it.
    type Line = { tenant?: string; requests: number };
    await eventually(async () => {
      const { body } = await get(server, '/admin/usage?by=user');
      const lines = (body.usage as Line[]).filter((line) => line.tenant === tenant);
      return lines.reduce((sum, { requests }) => sum + requests, 0) === 5;
    });
    expectRefused(await ask(as(tenant, 'dora'), replica), 'budget_exceeded', 'tenant');
    expect((await ask(as(newTenant(), 'dora'))).status).toBe(200);
  });
});

describe('a limit that is nobody’s in particular', () => {
  test('says that it is the server’s', async () => {
    const provider = await startOpenAiServer();
    const server = await startServer({
      env: { ...provider.env, BUDGET_USD_PER_DAY: '0.000001', ADDRESS_RATE_LIMIT_PER_MINUTE: '8' },
    });
    await ingest(server, [{ text: 'The archive closes at five.' }]);
    const dear = await post(server, '/query', QUESTION);
    expectProblem(dear, 429, 'budget_exceeded');
    expect(dear.body.scope).toBe('server');
    const refused = await eventually(async () => {
      const reply = await get(server, '/admin/documents', { key: null });
      return reply.status === 429 && reply;
    });
    expect(refused.body).toMatchObject({ code: 'rate_limited', scope: 'server' });
    await server.stop();
    await provider.stop();
  });
});
