import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { createClient, type RedisClientType } from 'redis';
import { describeWith } from '../support/describe-with.ts';
import { eventually, ingest, open } from '../support/http.ts';
import { startOpenAiServer, writesSlowly, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

const USERS = 10;
const CALLERS = 200;
const QUESTIONS_EACH = 3;
const LIMITS = {
  RATE_LIMIT_PER_MINUTE: 40,
  CONCURRENT_STREAMS_PER_USER: 6,
  TOKENS_PER_MINUTE_PER_USER: 4_800,
  BUDGET_USD_PER_USER_PER_DAY: 0.00085,
  BUDGET_USD_PER_DAY: 0.0082,
  LLM_REQUESTS_PER_MINUTE: 115,
  LLM_TOKENS_PER_MINUTE: 60_000,
};
/** Of gpt-4o-mini, in nano-dollars a token. */
const NANO = { input: 150, output: 600 };

/** What the provider itself saw of a user; in dollars and tokens it is the truth that the limits are held against. */
type Seen = { calls: number; tokens: number; nanoUsd: number };

describeWith('TEST_REDIS_URL', 'two servers, one Redis and 200 callers at once', (shared) => {
  /** A database of its own: other tests count in the first. */
  const address = new URL('/7', shared || 'redis://left.out').href;
  let provider: OpenAiServer;
  let one: RunningServer;
  let two: RunningServer;
  let redis: RedisClientType;
  const seen = new Map<string, Seen>();
  const of = (user: string): Seen => {
    if (!seen.has(user)) seen.set(user, { calls: 0, tokens: 0, nanoUsd: 0 });
    return seen.get(user)!;
  };
  const total = (what: 'calls' | 'tokens' | 'nanoUsd') =>
    [...seen.values()].reduce((sum, one) => sum + one[what], 0);

  beforeAll(async () => {
    redis = createClient({ url: address });
    await redis.connect();
    await redis.flushDb();
    provider = await startOpenAiServer();
    // Every call costs what it may: its prompt when it arrives, and a token for each piece as it is written.
    provider.onChat = async (request, response: ServerResponse) => {
      const user = /for (user\d+)/.exec(JSON.stringify(request.body.messages))?.[1] ?? 'nobody';
      const record = of(user);
      record.calls += 1;
      const promptTokens = 300 + Math.floor(Math.random() * 100);
      const spend = (tokens: number, nano: number) => {
        record.tokens += tokens;
        record.nanoUsd += tokens * nano;
      };
      spend(promptTokens, NANO.input);
      await writesSlowly({
        promptTokens,
        pieces: 10 + Math.floor(Math.random() * 30),
        everyMs: 4,
        onPiece: () => spend(1, NANO.output),
      })(request, response);
    };
    const limits = Object.fromEntries(Object.entries(LIMITS).map(([name, value]) => [name, String(value)]));
    const env = {
      ...JWT_ENV,
      ...provider.env,
      ...limits,
      REDIS_URL: address,
      LLM_MAX_OUTPUT_TOKENS: '100',
      LLM_MAX_RETRIES: '0',
      LLM_QUEUE_TIMEOUT_MS: '3000',
    };
    one = await startServer({ env });
    two = await startServer({ env: one.env });
    await ingest(one, [{ text: 'The archive closes at five for every user.', source: 'archive' }]);
  });
  afterAll(async () => {
    await two.stop();
    await one.stop();
    await provider.stop();
    redis.destroy();
  });

  const outcomes = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

  /** One question to one of the servers: whole or streamed, and now and then from a client that does not wait. */
  const ask = async (user: string, servers: RunningServer[]): Promise<void> => {
    const server = servers[Math.floor(Math.random() * servers.length)]!;
    const leaves = Math.random() < 0.15;
    const signal = leaves
      ? AbortSignal.timeout(Math.floor(Math.random() * 400))
      : AbortSignal.timeout(60_000);
    const json = { query: `When does the archive close for ${user}?`, stream: Math.random() < 0.5 };
    try {
      const token = signToken({ sub: user, scope: 'query' });
      const response = await open(server, 'POST', '/query', { token, json, signal });
      const text = await response.text();
      const code = /"code":"(\w+)"/.exec(text)?.[1];
      count(code === undefined ? String(response.status) : `${response.status} ${code}`);
    } catch {
      count(leaves ? 'left' : 'broken off');
    }
  };
  const storm = (servers: RunningServer[]) =>
    Promise.all(
      Array.from({ length: CALLERS }, async (_, caller) => {
        for (let turn = 0; turn < QUESTIONS_EACH; turn += 1) await ask(`user${caller % USERS}`, servers);
      }),
    );

  const reservations = () => redis.zCard('sallyport:{ledger}:leases');
  const accounts = async () => {
    const names = await redis.keys('sallyport:{ledger}:account:*');
    return Promise.all(
      names.map(async (name) => ({
        name: name.split(':account:')[1]!,
        spent: Number((await redis.hGet(name, 'spent')) ?? 0),
        reserved: Number((await redis.hGet(name, 'reserved')) ?? 0),
      })),
    );
  };

  test('no limit is passed by even one, though clients leave and a server is killed; nothing stays reserved', async () => {
    const started = Date.now();
    const killed = (async () => {
      await eventually(async () => total('calls') > 25);
      await two.kill('SIGKILL');
    })();
    await storm([one, two]);
    await killed;
    await storm([one]);
    const seconds = (Date.now() - started) / 1000;
    expect(seconds).toBeLessThan(60); // else a window of a minute has passed, and this proves nothing

    await eventually(async () => (await reservations()) === 0, {
      patienceMs: 40_000,
      what: 'an empty ledger',
    });
    const balances = await accounts();
    const figures = [...seen.entries()].sort().map(([user, { calls, tokens, nanoUsd }]) => ({
      user,
      calls,
      tokens,
      usd: nanoUsd / 1e9,
    }));
    console.table(figures);
    console.table(Object.fromEntries(outcomes));
    console.table(balances);
    console.log(
      `${CALLERS} callers, ${seconds.toFixed(1)} s: ${total('calls')} calls, ${total('tokens')} tokens, $${total('nanoUsd') / 1e9}`,
    );

    for (const [, { calls, tokens, nanoUsd }] of seen) {
      expect(calls).toBeLessThanOrEqual(LIMITS.RATE_LIMIT_PER_MINUTE);
      expect(tokens).toBeLessThanOrEqual(LIMITS.TOKENS_PER_MINUTE_PER_USER);
      expect(nanoUsd).toBeLessThanOrEqual(LIMITS.BUDGET_USD_PER_USER_PER_DAY * 1e9);
    }
    expect(total('calls')).toBeLessThanOrEqual(LIMITS.LLM_REQUESTS_PER_MINUTE);
    expect(total('tokens')).toBeLessThanOrEqual(LIMITS.LLM_TOKENS_PER_MINUTE);
    expect(total('nanoUsd')).toBeLessThanOrEqual(LIMITS.BUDGET_USD_PER_DAY * 1e9);
    // The limits were really met: otherwise nothing was tried.
    expect([...outcomes.keys()]).toEqual(
      expect.arrayContaining(['200', '429 rate_limited', '429 token_limited', '429 budget_exceeded', 'left']),
    );
    for (const { name, reserved } of balances) expect([name, reserved]).toEqual([name, 0]);
    // The ledger knows at least of what the provider has seen, for nothing that may have been spent is forgotten.
    const spent = balances.find(({ name }) => /^usd:\d{4}-\d\d-\d\d$/.test(name))!.spent;
    expect(spent).toBeGreaterThanOrEqual(total('nanoUsd'));
    expect(spent).toBeLessThanOrEqual(LIMITS.BUDGET_USD_PER_DAY * 1e9);
  }, 120_000);
});
