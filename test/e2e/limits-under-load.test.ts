import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { createClient, type RedisClientType } from 'redis';
import { describeWith } from '../support/describe-with.ts';
import { eventually, ingest, open } from '../support/http.ts';
import {
  startOpenAiServer,
  stillOpen,
  writesSlowly,
  type OpenAiServer,
  type ProviderRequest,
} from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

const USERS = 10;
const CALLERS = 200;
const QUESTIONS_EACH = 3;
const LIMITS = {
  RATE_LIMIT_PER_MINUTE: 40,
  CONCURRENT_STREAMS_PER_USER: 2,
  TOKENS_PER_MINUTE_PER_USER: 4_500,
  BUDGET_USD_PER_USER_PER_DAY: 0.00085,
  BUDGET_USD_PER_DAY: 0.0082,
  LLM_REQUESTS_PER_MINUTE: 115,
  LLM_TOKENS_PER_MINUTE: 60_000,
};
/** Of gpt-4o-mini, in nano-dollars a token. */
const NANO = { input: 150, output: 600 };

/** A client that leaves while its answer is written does so at this piece of it. */
const LEAVES_AT_PIECE = 5;
/** Calls that the server which is killed must have open just then. */
const OPEN_WHEN_KILLED = 3;

/** What the provider itself saw of a user; in dollars and tokens it is the truth that the limits are held against. */
type Seen = {
  calls: number;
  tokens: number;
  nanoUsd: number;
  streams: Set<ServerResponse>;
  mostStreams: number;
};
/** A question, from the caller's end to the provider's. */
type Call = { server: RunningServer; leave?: AbortController; isOpen: boolean };

describeWith('TEST_REDIS_URL', 'two servers, one Redis and 200 callers at once', (shared) => {
  /** A database of its own: other tests count in the first. */
  const address = new URL('/7', shared || 'redis://left.out').href;
  let provider: OpenAiServer;
  let one: RunningServer;
  let two: RunningServer;
  let redis: RedisClientType;
  /** What to close, as far as it was opened. */
  const opened: (() => unknown)[] = [];
  const seen = new Map<string, Seen>();
  const of = (user: string): Seen => {
    if (!seen.has(user))
      seen.set(user, { calls: 0, tokens: 0, nanoUsd: 0, streams: new Set(), mostStreams: 0 });
    return seen.get(user)!;
  };
  const total = (what: 'calls' | 'tokens' | 'nanoUsd') =>
    [...seen.values()].reduce((sum, one) => sum + one[what], 0);
  /** By the number that stands in the question. */
  const calls: Call[] = [];
  const named = ({ body }: ProviderRequest) => {
    const [, user, call] = /for (user\d+)c(\d+)/.exec(JSON.stringify(body.messages))!;
    return { user: user!, call: calls[Number(call)]! };
  };

  beforeAll(async () => {
    redis = createClient({ url: address });
    await redis.connect();
    opened.push(() => redis.destroy());
    await redis.flushDb();
    provider = await startOpenAiServer();
    opened.push(() => provider.stop());
    // Every call costs what it may: its prompt when it arrives, and a token for each piece as it is written.
    provider.onChat = async (request, response: ServerResponse) => {
      const { user, call } = named(request);
      const record = of(user);
      record.calls += 1;
      call.isOpen = true;
      response.once('close', () => {
        call.isOpen = false;
        record.streams.delete(response);
      });
      if (request.body.stream) {
        record.streams.add(response);
        void stillOpen([...record.streams]).then((open) => {
          record.mostStreams = Math.max(record.mostStreams, open);
        });
      }
      let written = 0;
      const promptTokens = 300 + Math.floor(Math.random() * 100);
      const spend = (tokens: number, nano: number) => {
        record.tokens += tokens;
        record.nanoUsd += tokens * nano;
      };
      spend(promptTokens, NANO.input);
      await writesSlowly({
        promptTokens,
        pieces: 10 + Math.floor(Math.random() * 30),
        everyMs: 50,
        onPiece: () => {
          spend(1, NANO.output);
          written += 1;
          if (written === LEAVES_AT_PIECE) call.leave?.abort();
        },
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
    opened.push(() => one.stop());
    two = await startServer({ env: one.env });
    opened.push(() => two.stop());
    await ingest(one, [{ text: 'The archive closes at five for every user.', source: 'archive' }]);
  }, 180_000);
  afterAll(async () => {
    for (const close of opened.reverse()) await close();
  });

  const outcomes = new Map<string, number>();
  /** Requests of a user that the limit of a minute has let in, whatever was answered. */
  const admitted = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

  /** One question to one of the servers: whole or streamed, and now and then from a client that does not wait. */
  const ask = async (user: string, servers: RunningServer[]): Promise<void> => {
    const server = servers[Math.floor(Math.random() * servers.length)]!;
    const call: Call = { server, isOpen: false };
    calls.push(call);
    const chance = Math.random();
    if (chance < 0.15) call.leave = new AbortController();
    const patienceMs = chance > 0.92 ? Math.floor(Math.random() * 2_000) : 100_000;
    const signal = AbortSignal.any([
      AbortSignal.timeout(patienceMs),
      ...(call.leave ? [call.leave.signal] : []),
    ]);
    const query = `When does the archive close for ${user}c${calls.indexOf(call)}?`;
    const json = { query, stream: Math.random() < 0.5 };
    try {
      const token = signToken({ sub: user, scope: 'query' });
      const response = await open(server, 'POST', '/query', { token, json, signal });
      const text = await response.text();
      const [, code] = /"code":"(\w+)"/.exec(text) ?? [];
      const isTooMany = text.includes('Too many requests: the limit is');
      if (!isTooMany) admitted.set(user, (admitted.get(user) ?? 0) + 1);
      const what = isTooMany ? 'requests' : code;
      count(what === undefined ? String(response.status) : `${response.status} ${what}`);
    } catch {
      count(signal.aborted ? 'left' : 'broken off');
    }
  };
  const storm = (servers: RunningServer[], questionsEach: number) =>
    Promise.all(
      Array.from({ length: CALLERS }, async (_, caller) => {
        for (let turn = 0; turn < questionsEach; turn += 1) await ask(`user${caller % USERS}`, servers);
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
    const openAtTwo = () => calls.filter(({ server, isOpen }) => server === two && isOpen);
    const killed = (async () => {
      const open = await eventually(async () => {
        const now = openAtTwo();
        return total('calls') > 25 && now.length >= OPEN_WHEN_KILLED && now;
      });
      await two.kill('SIGKILL');
      return open;
    })();
    await storm([one, two], QUESTIONS_EACH);
    const openWhenKilled = await killed;
    await storm([one], 1);
    const seconds = (Date.now() - started) / 1000;
    /** Of a minute each; on a machine that is this slow, each has its limit. */
    const windows = Math.ceil(seconds / 60);

    await eventually(async () => (await reservations()) === 0, {
      patienceMs: 40_000,
      what: 'an empty ledger',
    });
    const balances = await accounts();
    const figures = [...seen.entries()].sort().map(([user, { calls, tokens, nanoUsd, mostStreams }]) => ({
      user,
      admitted: admitted.get(user),
      calls,
      tokens,
      usd: nanoUsd / 1e9,
      'streams at once': mostStreams,
    }));
    console.table(figures);
    console.table(Object.fromEntries(outcomes));
    console.table(balances);
    console.log(
      `${CALLERS} callers, ${seconds.toFixed(1)} s: ${total('calls')} calls, ${total('tokens')} tokens, $${total('nanoUsd') / 1e9}`,
    );

    for (const requests of admitted.values())
      expect(requests).toBeLessThanOrEqual(LIMITS.RATE_LIMIT_PER_MINUTE * windows);
    for (const { tokens, nanoUsd, mostStreams } of seen.values()) {
      expect(tokens).toBeLessThanOrEqual(LIMITS.TOKENS_PER_MINUTE_PER_USER * windows);
      expect(nanoUsd).toBeLessThanOrEqual(LIMITS.BUDGET_USD_PER_USER_PER_DAY * 1e9);
      expect(mostStreams).toBeLessThanOrEqual(LIMITS.CONCURRENT_STREAMS_PER_USER);
    }
    expect(total('calls')).toBeLessThanOrEqual(LIMITS.LLM_REQUESTS_PER_MINUTE * windows);
    expect(total('tokens')).toBeLessThanOrEqual(LIMITS.LLM_TOKENS_PER_MINUTE * windows);
    expect(total('nanoUsd')).toBeLessThanOrEqual(LIMITS.BUDGET_USD_PER_DAY * 1e9);
    // The limits were really met: otherwise nothing was tried.
    expect([...outcomes.keys()]).toEqual(
      expect.arrayContaining([
        '200',
        '429 requests',
        '429 rate_limited', // streams at once
        '429 token_limited',
        '429 budget_exceeded',
        'left',
      ]),
    );
    const cutShort = provider.chats().flatMap((chat) => (chat.aborted ? [named(chat).call] : []));
    expect(cutShort.filter(({ leave }) => leave).length).toBeGreaterThan(0);
    expect(openWhenKilled.filter((call) => cutShort.includes(call)).length).toBeGreaterThan(0);
    for (const { name, reserved } of balances) expect([name, reserved]).toEqual([name, 0]);
    // The ledger knows of more than the provider has seen: of what was cut short, all that may have been spent is.
    const spent = balances.find(({ name }) => /^usd:\d{4}-\d\d-\d\d$/.test(name))!.spent;
    expect(spent).toBeGreaterThan(total('nanoUsd'));
    expect(spent).toBeLessThanOrEqual(LIMITS.BUDGET_USD_PER_DAY * 1e9);
  }, 240_000);
});
