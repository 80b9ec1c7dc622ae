import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../support/describe-with.ts';
import { get, post, postForEvents } from '../support/http.ts';
import { failsWith, replies, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { redisContents, tablesHolding } from '../support/traces.ts';
import { JWT_ENV, JWT_SECRET, signToken } from '../support/tokens.ts';

/** Words that nothing but the test says: where one turns up, it has leaked. */
const ASKED = 'zanzibarquestion';
const STORED = 'quixoticdocument';
const SUBJECT = 'ann.smith@mail.example';

describeWith('TEST_REDIS_URL', 'what was asked leaves no trace', (address) => {
  let provider: OpenAiServer;
  let server: RunningServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({
      env: { ...provider.env, ...JWT_ENV, REDIS_URL: address, LOG_LEVEL: 'silly', LLM_MAX_RETRIES: '0' },
    });
    const token = signToken({ sub: SUBJECT, scope: 'query ingest' });
    const question = { query: `What does ${ASKED} say of the ${STORED}?` };
    await post(server, '/admin/documents?wait=true', { text: `The ${STORED} says yes.` }, { token });
    await post(server, '/query', question, { token });
    await postForEvents(server, '/query', question);
    await post(server, '/search', question);
    // Failures tempt most: a provider that repeats the prompt, a body and a path that are wrong.
    provider.onChat = (request, response) => failsWith(400, { 'x-echo': ASKED })(request, response);
    await post(server, '/query', question);
    provider.onChat = (request, response) =>
      replies({ error: JSON.stringify(request.body) })(request, response);
    await post(server, '/query', question, { token });
    await postForEvents(server, '/query', question);
    // The same where it may say a name.
    const echo = question.query;
    provider.onChat = replies({
      id: echo,
      model: echo,
      choices: [{ message: { content: 'Yes [1].' }, finish_reason: echo }],
    });
    await post(server, '/query', question, { token });
    await post(server, '/query', { ...question, [ASKED]: ASKED });
    await post(server, `/${ASKED}?q=${ASKED}`, question, { key: `${ASKED}-${'k'.repeat(24)}` });
    await post(server, '/admin/documents?wait=true', { text: STORED, metadata: { a: [STORED] } });
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  test('in the log, at its most talkative: no question, text, subject, key or secret', () => {
    expect(server.output()).toContain('/query');
    for (const secret of [
      ASKED,
      STORED,
      SUBJECT,
      server.key,
      server.queryKey,
      JWT_SECRET,
      provider.env.OPENAI_API_KEY!,
    ])
      expect(server.output()).not.toContain(secret);
  });

  test('in Redis, neither in a key nor in a value', async () => {
    const { keys, everything } = await redisContents(address);
    expect(keys.some((name) => name.startsWith('sallyport:'))).toBe(true);
    for (const secret of [ASKED, STORED, SUBJECT, server.key]) expect(everything).not.toContain(secret);
  });

  test('in any table: the question nowhere, the document where documents are, the caller where usage and events are', async () => {
    await get(server, '/admin/usage'); // whose answer counts all that was used before
    expect(await tablesHolding(server, [ASKED, SUBJECT, STORED])).toEqual({
      [STORED]: ['chunks', 'documents', 'job_documents'],
      [SUBJECT]: ['audit_events', 'usage_days'],
    });
  });
});
