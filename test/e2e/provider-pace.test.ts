import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.ts';
import { collect, eventsOf, eventually, ingest, open, post, type Reply } from '../support/http.ts';
import {
  answers,
  failsWith,
  startOpenAiServer,
  type Behaviour,
  type OpenAiServer,
} from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const LIMIT = 12;
const KEYS = ['anna', 'bert', 'cleo'].map((name) => `${name}-asks-about-the-archive`);
const QUESTION = 'When does the archive close?';

let provider: OpenAiServer;
let server: RunningServer;
const start = async (env: Record<string, string>): Promise<void> => {
  provider = await startOpenAiServer();
  const limits = { TOKENS_PER_MINUTE_PER_USER: '1000000000', CONCURRENT_STREAMS_PER_USER: '1000' };
  // Nobody is refused for the speed of the machine.
  const patience = { AUDIT_TIMEOUT_MS: '60000' };
  server = await startServer({
    env: { ...provider.env, ...limits, ...patience, API_KEYS: KEYS.join(','), ...env },
  });
  await ingest(server, [{ text: 'The archive closes at five.', source: 'archive' }]);
};
const stop = async (): Promise<void> => {
  await server.stop();
  await provider.stop();
};
const ask = (key: string, query = QUESTION): Promise<Reply> => post(server, '/query', { query }, { key });

describe('a provider with few requests a minute', () => {
  beforeAll(() => start({ LLM_REQUESTS_PER_MINUTE: String(LIMIT), LLM_QUEUE_TIMEOUT_MS: '1500' }));
  afterAll(stop);

  test('gets those and not one more; the other callers hear when to come back', async () => {
    const replies = await Promise.all(Array.from({ length: 70 }, (_, place) => ask(KEYS[place % 3]!)));
    const answered = replies.filter(({ status }) => status === 200);
    expect([answered.length, provider.chats().length]).toEqual([LIMIT, LIMIT]);
    for (const reply of replies) {
      if (reply.status === 200) continue;
      expectProblem(reply, 503, 'unavailable');
      const seconds = Number(reply.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(20);
      expect(seconds).toBeLessThanOrEqual(60);
    }
  });
});

describe('a provider that fails and has few requests a minute', () => {
  beforeAll(() =>
    start({
      LLM_REQUESTS_PER_MINUTE: String(LIMIT),
      LLM_QUEUE_TIMEOUT_MS: '500',
      LLM_MAX_RETRIES: '3',
    }),
  );
  afterAll(stop);

  test('is asked again no more often than it has requests, and then there are no more attempts', async () => {
    provider.onChat = failsWith(500);
    const replies = await Promise.all(Array.from({ length: 6 }, () => ask(KEYS[0]!)));
    for (const reply of replies) expectProblem(reply, 502, 'upstream_error');
    const attempts = provider.chats().map(({ headers }) => Number(headers['x-stainless-retry-count']));
    expect(attempts).toHaveLength(LIMIT);
    expect(attempts.filter((attempt) => attempt === 0)).toHaveLength(6);
  });
});

describe('a provider with tokens for one call at a time', () => {
  /** Lets a call that has come be answered. */
  let release: (() => void)[] = [];
  const holds: Behaviour = async (request, response) => {
    await new Promise<void>((resolve) => release.push(resolve));
    await answers('Five [1].')(request, response);
  };
  beforeAll(() =>
    start({ LLM_MAX_OUTPUT_TOKENS: '60000', LLM_TOKENS_PER_MINUTE: '100000', LOG_LEVEL: 'http' }),
  );
  beforeEach(() => {
    release = [];
    provider.reset();
    provider.onChat = holds;
  });
  afterAll(stop);

  /** Asks, and waits until the question stands in the queue: its stream begins just before. */
  const queue = async (key: string, name: string, signal = new AbortController().signal) => {
    const json = { query: `${name}: ${QUESTION}`, stream: true };
    const events = eventsOf(await open(server, 'POST', '/query', { key, json, signal }));
    const reading = events[Symbol.asyncIterator]();
    await reading.next();
    return { end: collect({ [Symbol.asyncIterator]: () => reading }).then((rest) => rest.at(-1)) };
  };
  const arrived = () =>
    provider.chats().map(({ body }) => /Question: (\w+)/.exec(body.messages[1].content)?.[1]);
  const answerInTurn = async (calls: number): Promise<void> => {
    for (let call = 1; call <= calls; call++) {
      await eventually(async () => release.length === call, { what: `call ${call}` });
      release.at(-1)!();
    }
  };

  test('is shared in turns: one caller’s many questions do not hold up another’s', async () => {
    const asked = [];
    for (const name of ['A1', 'A2', 'A3', 'A4', 'A5']) asked.push(await queue(KEYS[0]!, name));
    asked.push(await queue(KEYS[1]!, 'B1'), await queue(KEYS[2]!, 'C1'));
    await answerInTurn(7);
    for (const { end } of asked) expect(await end).toMatchObject({ event: 'answer-end' });
    expect(arrived()).toEqual(['A1', 'A2', 'B1', 'C1', 'A3', 'A4', 'A5']);
  });

  test('is not asked for a client that went away while it waited', async () => {
    const gone = new AbortController();
    const first = await queue(KEYS[0]!, 'A1');
    const second = await queue(KEYS[0]!, 'A2', gone.signal);
    const third = await queue(KEYS[0]!, 'A3');
    gone.abort();
    await expect(second.end).rejects.toThrow();
    await eventually(async () => server.output().includes('"complete":false'), { what: 'the farewell' });
    await answerInTurn(2);
    for (const { end } of [first, third]) expect(await end).toMatchObject({ event: 'answer-end' });
    expect(arrived()).toEqual(['A1', 'A3']);
  });
});
