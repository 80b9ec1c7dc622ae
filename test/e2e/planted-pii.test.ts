import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../support/describe-with.ts';
import { ingest, post, postForEvents } from '../support/http.ts';
import {
  answers,
  failsWith,
  replies,
  startOpenAiServer,
  type OpenAiServer,
} from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { redisContents, tablesHolding } from '../support/traces.ts';

/** Personal data that only the caller has sent. */
const ASKED = [
  'zelda.quimby@mail.example',
  '4111 1111 1111 1111',
  '536-22-8141',
  '+44 20 7946 0958',
  'GB82 WEST 1234 5698 7654 32',
  '203.0.113.77',
  'Zelda Quimby',
];
/** Personal data that only a document holds. */
const STORED = ['orla.brannigan@post.example', '5500 0000 0000 0004', 'Orla Brannigan'];

describeWith('TEST_REDIS_URL', 'personal data that is planted', (address) => {
  let provider: OpenAiServer;
  let server: RunningServer;
  const heard: unknown[] = [];
  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({
      env: {
        ...provider.env,
        EMBEDDING_PROVIDER: 'openai',
        REDIS_URL: address,
        LOG_LEVEL: 'silly',
        LLM_MAX_RETRIES: '0',
      },
    });
    await ingest(server, [
      {
        text: `Refunds go through the office. My name is Orla Brannigan, write to ${STORED[0]!}; the card is ${STORED[1]!}.`,
        title: 'Refunds, by Orla Brannigan',
        source: 'refunds.md',
      },
    ]);
    provider.requests.length = 0;
    for (const value of ASKED) {
      const query = value.startsWith('Zelda')
        ? `My name is ${value}. Who handles refunds?`
        : `Who handles the refund for ${value}${value.startsWith('536') ? ', which is my SSN' : ''}?`;
      heard.push((await post(server, '/query', { query })).status);
      heard.push((await postForEvents(server, '/query', { query, stream: true })).at(-1)?.event);
      await post(server, '/search', { query });
      // Failures tempt most: a provider that repeats the prompt, a body that is wrong.
      provider.onChat = (request, response) =>
        replies({ error: JSON.stringify(request.body) })(request, response);
      await post(server, '/query', { query });
      provider.onChat = failsWith(400, { 'x-echo': 'no' });
      await postForEvents(server, '/query', { query });
      await post(server, '/query', { query, top_k: 'many' });
      provider.onChat = answers('Refunds go through ', 'the office [1].');
    }
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  test('is answered all the same', () => {
    expect(heard).toEqual(ASKED.flatMap(() => [200, 'answer-end']));
  });

  test.each([...ASKED, ...STORED])('%s is in no prompt, and in nothing that is embedded', (value) => {
    expect(provider.requests.length).toBeGreaterThan(3 * ASKED.length);
    expect(JSON.stringify(provider.requests)).not.toContain(value);
  });

  test.each([...ASKED, ...STORED])('%s is in no log', (value) => {
    expect(server.output()).toContain('/query');
    expect(server.output()).not.toContain(value);
  });

  test('is in no key or value in Redis', async () => {
    const { everything } = await redisContents(address);
    for (const value of [...ASKED, ...STORED]) expect(everything).not.toContain(value);
  });

  test('is in no table, but for the document’s own where documents are', async () => {
    const places = ['chunks', 'documents'];
    expect(await tablesHolding(server, [...ASKED, ...STORED])).toEqual({
      [STORED[0]!]: places,
      [STORED[1]!]: places,
      // A job's result names its documents.
      [STORED[2]!]: [...places, 'job_documents'],
    });
  });
});
