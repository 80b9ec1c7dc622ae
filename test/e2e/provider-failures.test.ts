import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.ts';
import { ingest, post, type Reply } from '../support/http.ts';
import {
  USAGE,
  answers,
  dropsConnection,
  failsWith,
  hangs,
  inTurn,
  isBusyFor,
  replies,
  startOpenAiServer,
  type Behaviour,
  type OpenAiServer,
} from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

describe('a model provider in trouble', () => {
  let provider: OpenAiServer;
  let server: RunningServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({ env: { ...provider.env, LLM_TIMEOUT_MS: '1000', LLM_MAX_RETRIES: '2' } });
    await ingest(server, [{ text: 'The archive closes at five.', source: 'archive' }]);
  });
  afterEach(async () => {
    // In between it answers: ten failures in a row would open the circuit.
    await answeredBy(answers('At five [1].'));
    provider.reset();
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  const answeredBy = (behaviour: Behaviour): Promise<Reply> => {
    provider.onChat = behaviour;
    return post(server, '/query', { query: 'When does the archive close?' });
  };

  test.each<[string, Behaviour]>([
    ['is busy and says for how long', isBusyFor(1)],
    ['fails with 500', failsWith(500)],
    ['fails with 503', failsWith(503)],
    ['drops the connection', dropsConnection],
  ])('is asked again when it %s', async (_name, behaviour) => {
    const { status, body } = await answeredBy(inTurn(behaviour, answers('At five [1].')));
    expect([status, body.answer]).toEqual([200, 'At five [1].']);
    expect(provider.chats()).toHaveLength(2);
  });

  test('is asked again no sooner than it said', async () => {
    const times: number[] = [];
    const busy = isBusyFor(1);
    await answeredBy((request, response) => {
      times.push(Date.now());
      return times.length === 1 ? busy(request, response) : answers('At five [1].')(request, response);
    });
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(950);
  });

  test('is asked no more often than LLM_MAX_RETRIES allows', async () => {
    expectProblem(await answeredBy(failsWith(500)), 502, 'upstream_error');
    expect(provider.chats()).toHaveLength(3);
  });

  test.each([400, 401, 404])(
    'is not asked again when it says %d, and its words stay private',
    async (status) => {
      const reply = await answeredBy(failsWith(status));
      expectProblem(reply, 502, 'upstream_error');
      expect(JSON.stringify(reply.body)).not.toContain('own words');
      expect(provider.chats()).toHaveLength(1);
    },
  );

  test.each<[string, unknown]>([
    ['no JSON', '{"choices": ['],
    ['a page of HTML', '<html>Gateway</html>'],
    ['no choices', { choices: [] }],
    ['an empty object', {}],
    ['null', 'null'],
    ['a list', []],
    ['content that is an object', { choices: [{ message: { content: { text: 'Yes [1].' } } }] }],
    ['no content', { choices: [{ message: { role: 'assistant', content: null } }] }],
    [
      'tokens below zero',
      { choices: [{ message: { content: 'Yes [1].' } }], usage: { ...USAGE, prompt_tokens: -5 } },
    ],
    [
      'more tokens than there can be',
      {
        choices: [{ message: { content: 'Yes [1].' } }],
        usage: { ...USAGE, prompt_tokens: Number.MAX_SAFE_INTEGER },
      },
    ],
  ])('is an upstream error when it replies with %s', async (_name, body) => {
    expectProblem(await answeredBy(replies(body)), 502, 'upstream_error');
  });

  test('is an upstream time-out when it never replies', async () => {
    expectProblem(await answeredBy(hangs), 504, 'upstream_timeout');
  });
});
