import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { expectProblem } from '../support/expect-problem.ts';
import { eventsOf, eventually, get, ingest, open, post, postForEvents } from '../support/http.ts';
import { makeKey } from '../support/keys.ts';
import {
  USAGE,
  answers,
  failsWith,
  hangs,
  stallsAfter,
  startOpenAiServer,
  stillOpen,
  type OpenAiServer,
} from '../support/openai-server.ts';
import { runSallyport } from '../support/run-sallyport.ts';
import { startInVain, startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

const QUESTION = { query: 'When does the archive close?' };
const STREAMED = { ...QUESTION, stream: true };
/** 800 tokens in and 40 out of gpt-4o-mini, at USD 0.15 and 0.60 a million. */
const COST = 0.000144;

describe('what an answer costs', () => {
  let provider: OpenAiServer;
  const servers: RunningServer[] = [];
  beforeAll(async () => (provider = await startOpenAiServer()));
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    provider.reset();
  });
  afterAll(() => provider.stop());

  const serve = async (env: Record<string, string>) => {
    const server = await startServer({ env: { ...JWT_ENV, ...provider.env, LLM_MAX_RETRIES: '0', ...env } });
    servers.push(server);
    await ingest(server, [{ text: 'The archive closes at five.', source: 'archive' }]);
    return server;
  };
  const as = (sub: string, claims = {}) => ({ token: signToken({ sub, scope: 'query', ...claims }) });
  const usageBy = async (server: RunningServer, by: string) =>
    (await get(server, `/admin/usage?by=${by}`)).body;
  /** Asks until it is refused; resolves with how often it was answered, and the refusal. */
  const askUntilRefused = async (server: RunningServer, sub: string) => {
    for (let answered = 0; answered < 50; answered += 1) {
      const reply = await post(server, '/query', QUESTION, as(sub));
      if (reply.status !== 200) return { answered, reply };
    }
    throw new Error('it never was refused');
  };

  test('is in the answer and in the usage, by user, key and day', async () => {
    const server = await serve({});
    for (const who of ['ann', 'ann', 'bob'])
      expect((await post(server, '/query', QUESTION, as(who))).body.usage).toEqual({
        ...USAGE,
        cost_usd: COST,
      });
    expect((await post(server, '/query', QUESTION)).status).toBe(200);
    const line = (requests: number) => ({
      tenant: 'default',
      requests,
      prompt_tokens: 800 * requests,
      completion_tokens: 40 * requests,
      total_tokens: 840 * requests,
      cost_usd: (requests * COST * 1e9) / 1e9,
    });
    const byUser = await usageBy(server, 'user');
    expect(byUser).toMatchObject({ by: 'user', until: new Date().toISOString().slice(0, 10), budgets: {} });
    expect(byUser.usage).toEqual([
      { user: 'ann', ...line(2) },
      { user: 'bob', ...line(1) },
      { user: expect.stringMatching(/^key:env-/), ...line(1) },
    ]);
    expect((await usageBy(server, 'key')).usage).toEqual([
      { key: expect.stringMatching(/^env-/), ...line(1) },
    ]);
    const { tenant: _, ...all } = line(4);
    expect((await usageBy(server, 'day')).usage).toEqual([{ day: byUser.until, ...all }]);
  });

  test('is on the command line too, beside a running server', async () => {
    const server = await serve({});
    await post(server, '/query', QUESTION, as('ann\u001b[2J'));
    await usageBy(server, 'user');
    const shown = runSallyport(['usage', '--by', 'user'], server.env);
    expect(await shown.ended).toBe(0);
    expect(shown.output()).toMatch(/^USER +TENANT +REQUESTS +PROMPT TOKENS +COMPLETION TOKENS +USD$/m);
    expect(shown.output()).toMatch(/^ann\ufffd\[2J +default +1 +800 +40 +0\.000144$/m);
    const wrong = runSallyport(['usage', '--by', 'colour'], server.env);
    expect(await wrong.ended).toBe(1);
    expect(wrong.output()).toMatch(/by/);
  });

  test('counts what a provider embeds, for all together', async () => {
    const server = await serve({
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_PRICE_PER_MILLION_TOKENS: '100',
      BUDGET_USD_PER_DAY: '0.001',
    });
    const { usage, budgets } = await eventually(async () => {
      const now = await usageBy(server, 'user');
      return now.usage.length > 0 && now.budgets.day.reserved_usd === 0 && now;
    });
    expect(usage).toMatchObject([{ user: 'embeddings', prompt_tokens: 8, cost_usd: 0.0008 }]);
    // Once: what opened the account did not know of it yet.
    expect(budgets.day.spent_usd).toBeCloseTo(0.0008, 9);
    expectProblem(await post(server, '/query', QUESTION, as('ann')), 429, 'budget_exceeded');
    expect((await post(server, '/search', { query: 'archive' }, as('ann'))).status).toBe(200);
  });

  test('never passes what a user may spend a day, streamed or not; another user goes on', async () => {
    const server = await serve({ BUDGET_USD_PER_USER_PER_DAY: '0.0015' });
    const { answered, reply } = await askUntilRefused(server, 'ann');
    expectProblem(reply, 429, 'budget_exceeded');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answered).toBeGreaterThan(3);
    expect(answered * COST).toBeLessThanOrEqual(0.0015);
    expectProblem(await post(server, '/query', STREAMED, as('ann')), 429, 'budget_exceeded');
    expect((await post(server, '/query', QUESTION, as('bob'))).status).toBe(200);
    expect((await post(server, '/search', { query: 'archive' }, as('ann'))).status).toBe(200);
    expect(provider.chats()).toHaveLength(answered + 1);
  });

  test('never passes what all may spend a day or a month, and says how much is left', async () => {
    for (const name of ['DAY', 'MONTH'] as const) {
      const server = await serve({ [`BUDGET_USD_PER_${name}`]: '0.0012' });
      const { answered, reply } = await askUntilRefused(server, 'ann');
      expectProblem(reply, 429, 'budget_exceeded');
      expectProblem(await post(server, '/query', QUESTION, as('bob')), 429, 'budget_exceeded');
      expect((await usageBy(server, 'day')).budgets).toEqual({
        [name.toLowerCase()]: {
          limit_usd: 0.0012,
          spent_usd: expect.closeTo(answered * COST, 9),
          reserved_usd: 0,
        },
      });
    }
  });

  test('is known again after a restart, also without Redis: a crash does not open the purse', async () => {
    const server = await serve({ BUDGET_USD_PER_DAY: '0.0012' });
    const { answered } = await askUntilRefused(server, 'ann');
    await usageBy(server, 'day');
    await server.kill('SIGKILL');
    const again = await startServer({ env: server.env });
    servers.unshift(again);
    expectProblem(await post(again, '/query', QUESTION, as('bob')), 429, 'budget_exceeded');
    expect((await usageBy(again, 'day')).budgets.day.spent_usd).toBeCloseTo(answered * COST, 9);
  }, 180_000);

  test('is refused before the call when one question could cost more than it may', async () => {
    const server = await serve({ BUDGET_USD_PER_REQUEST: '0.0005' });
    const reply = await post(server, '/query', QUESTION, as('ann'));
    expectProblem(reply, 429, 'budget_exceeded');
    expect(reply.body.detail).toMatch(/could cost up to \$0\.000\d+, and one may cost \$0\.0005/);
    expect(provider.chats()).toEqual([]);
  });

  test('is given back when the provider fails', async () => {
    const server = await serve({ BUDGET_USD_PER_DAY: '0.0012' });
    provider.onChat = failsWith(500);
    for (let turn = 0; turn < 5; turn += 1)
      expectProblem(await post(server, '/query', QUESTION, as('ann')), 502, 'upstream_error');
    provider.reset();
    expect((await usageBy(server, 'day')).budgets.day).toMatchObject({ spent_usd: 0, reserved_usd: 0 });
    expect((await post(server, '/query', QUESTION, as('ann'))).status).toBe(200);
  });

  test('is settled when the client goes away: what was asked and written is charged, the rest given back', async () => {
    const server = await serve({ BUDGET_USD_PER_DAY: '0.01' });
    const dayOf = async () => (await usageBy(server, 'day')).budgets.day;
    provider.onChat = stallsAfter(
      'The archive closes at five [1]. It opens again at nine in the morning, as it does',
    );
    const gone = new AbortController();
    const response = await open(server, 'POST', '/query', {
      ...as('ann'),
      json: STREAMED,
      signal: gone.signal,
    });
    const events = eventsOf(response)[Symbol.asyncIterator]();
    await eventually(async () => (await events.next()).value?.event === 'answer-delta');
    expect((await dayOf()).reserved_usd).toBeGreaterThan(0);
    gone.abort();
    const day = await eventually(async () => {
      const now = await dayOf();
      return now.reserved_usd === 0 && now;
    });
    expect(day.spent_usd).toBeGreaterThan(0.00005);
    expect(day.spent_usd).toBeLessThan(0.0003);

    provider.onChat = hangs;
    const whole = new AbortController();
    const asked = open(server, 'POST', '/query', { ...as('ann'), json: QUESTION, signal: whole.signal });
    await eventually(async () => (await dayOf()).reserved_usd > 0);
    const { reserved_usd, spent_usd } = (await dayOf()) as Record<string, number>;
    whole.abort();
    await expect(asked).rejects.toThrow();
    const after = await eventually(async () => {
      const now = await dayOf();
      return now.reserved_usd === 0 && now;
    });
    // Nobody knows how much of it was written: leaving early is no way past the budget.
    expect(after.spent_usd).toBeCloseTo(spent_usd! + reserved_usd!, 9);
  });

  test('does not grow without end: a stream beyond its reserve is cut off, and ends in a problem', async () => {
    const server = await serve({ BUDGET_USD_PER_DAY: '0.01', LLM_MAX_OUTPUT_TOKENS: '30' });
    provider.onChat = answers('At five [1]. ', ...Array.from({ length: 400 }, () => 'And so it goes. '));
    const events = await postForEvents(server, '/query', STREAMED, as('ann'));
    const last = events.at(-1)!;
    expect(last).toMatchObject({ event: 'error', data: { code: 'budget_exceeded', status: 429 } });
    const streamed = events.filter(({ event }) => event === 'answer-delta');
    expect(streamed.map(({ data }) => data.text).join('').length).toBeLessThan(30 * 8);
    expect((await usageBy(server, 'day')).budgets.day).toMatchObject({ reserved_usd: 0 });
    expect(provider.chats()[0]!.body.max_completion_tokens).toBe(30);
  });

  test('counts tokens a minute for each user, before and after the call', async () => {
    const server = await serve({ TOKENS_PER_MINUTE_PER_USER: '4000' });
    const { answered, reply } = await askUntilRefused(server, 'ann');
    expectProblem(reply, 429, 'token_limited');
    expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(answered).toBeGreaterThanOrEqual(2);
    expect(answered * USAGE.total_tokens).toBeLessThanOrEqual(4000);
    expectProblem(await post(server, '/query', STREAMED, as('ann')), 429, 'token_limited');
    expect((await post(server, '/query', QUESTION, as('bob'))).status).toBe(200);
    expect((await post(server, '/query', QUESTION, as('ann', { tenant: 'another' }))).status).toBe(200);
  });

  test('streams at once are bounded for each user, and a place is free again when one ends', async () => {
    const server = await serve({ CONCURRENT_STREAMS_PER_USER: '2' });
    provider.onChat = stallsAfter(
      'The archive closes at five [1]. It opens again at nine in the morning, as it does',
    );
    const opened = [new AbortController(), new AbortController()];
    for (const { signal } of opened)
      expect((await open(server, 'POST', '/query', { ...as('ann'), json: STREAMED, signal })).status).toBe(
        200,
      );
    await eventually(async () => provider.chats().length === 2);
    provider.onChat = answers('At five [1].');
    const reply = await post(server, '/query', STREAMED, as('ann'));
    expectProblem(reply, 429, 'rate_limited');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await post(server, '/query', QUESTION, as('ann'))).status).toBe(200);
    expect((await postForEvents(server, '/query', STREAMED, as('bob'))).at(-1)!.event).toBe('answer-end');
    opened[0]!.abort();
    await eventually(
      async () => (await open(server, 'POST', '/query', { ...as('ann'), json: STREAMED })).status === 200,
    );
    opened[1]!.abort();
  });

  test('a streamed answer keeps its place until the provider has been left', async () => {
    const server = await serve({ CONCURRENT_STREAMS_PER_USER: '1' });
    const streams: ServerResponse[] = [];
    const atOnce: number[] = [];
    const stalls = stallsAfter(
      'The archive closes at five [1]. It opens again at nine in the morning, as it does',
    );
    provider.onChat = async (request, response) => {
      streams.push(response);
      await stalls(request, response);
      atOnce.push(await stillOpen(streams));
    };
    const rounds = 12;
    for (let round = 0; round < rounds; round += 1) {
      const leave = new AbortController();
      const sent = { ...as('ann'), json: STREAMED, signal: leave.signal };
      await eventually(async () => (await open(server, 'POST', '/query', sent)).status === 200);
      await eventually(async () => atOnce.length > round);
      leave.abort();
    }
    expect(atOnce).toEqual(Array.from({ length: rounds }, () => 1));
  });

  test('a budget on a model without a price is refused at the start; with a price it is kept', async () => {
    const budget = { ...provider.env, LLM_MODEL: 'llama-4', BUDGET_USD_PER_DAY: '1' };
    expect(await startInVain(budget)).toMatch(/LLM_PRICE_PER_MILLION_INPUT_TOKENS/);
    const server = await serve({
      ...budget,
      LLM_PRICE_PER_MILLION_INPUT_TOKENS: '1000',
      LLM_PRICE_PER_MILLION_OUTPUT_TOKENS: '0',
    });
    expect((await post(server, '/query', QUESTION, as('ann'))).body.usage.cost_usd).toBeCloseTo(0.8, 9);
    expectProblem(await post(server, '/query', QUESTION, as('ann')), 429, 'budget_exceeded');
  });

  test('a budget beside an embedder without a price is refused at the start', async () => {
    const embeds = { ...provider.env, EMBEDDING_PROVIDER: 'openai', EMBEDDING_MODEL: 'bge-m3' };
    const output = await startInVain({ ...embeds, BUDGET_USD_PER_MONTH: '1' });
    expect(output).toMatch(/EMBEDDING_PRICE_PER_MILLION_TOKENS/);
  });

  test('a key’s own budget on a model without a price is refused when it asks; others are answered', async () => {
    const server = await serve({ LLM_MODEL: 'llama-4' });
    const { key } = await makeKey(server, { budget_usd_per_day: 1 });
    const reply = await post(server, '/query', QUESTION, { key });
    expectProblem(reply, 429, 'budget_exceeded');
    expect(reply.body.detail).toMatch(/LLM_PRICE_PER_MILLION_INPUT_TOKENS/);
    expect(provider.chats()).toEqual([]);
    expect((await post(server, '/query', QUESTION, as('ann'))).body.usage.cost_usd).toBeNull();
  });

  test('a report is of days that there are', async () => {
    const server = await serve({});
    expectProblem(await get(server, '/admin/usage?since=0000-01-01'), 400, 'invalid_request');
    expect((await get(server, '/admin/usage?since=0001-01-01&until=9999-12-31')).status).toBe(200);
  });
});
