import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { asOwner } from '../support/databases.ts';
import { describeWith } from '../support/describe-with.ts';
import { post, postForEvents } from '../support/http.ts';
import { failsWith, replies, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
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
    const redis = createClient({ url: address });
    await redis.connect();
    const keys = await redis.keys('*');
    const values = await Promise.all(keys.map(async (name) => JSON.stringify(await redis.dump(name))));
    redis.destroy();
    expect(keys.some((name) => name.startsWith('sallyport:'))).toBe(true);
    for (const secret of [ASKED, STORED, SUBJECT, server.key])
      expect([...keys, ...values].join('\n')).not.toContain(secret);
  });

  test('in any table: the question nowhere, the document where documents are', async () => {
    const holding = await asOwner(server, async (sql) => {
      const tables = await sql<{ name: string }>(
        "select tablename as name from pg_tables where schemaname = 'sallyport'",
      );
      const found: Record<string, string[]> = {};
      for (const { name } of tables) {
        const rows = await sql<{ text: string }>(`select t::text as text from ${name} t`);
        const all = rows.map(({ text }) => text.toLowerCase()).join('\n');
        for (const word of [ASKED, SUBJECT, STORED]) if (all.includes(word)) (found[word] ??= []).push(name);
      }
      return found;
    });
    expect({ ...holding, [STORED]: holding[STORED]?.sort() }).toEqual({
      [STORED]: ['chunks', 'documents', 'job_documents'],
    });
  });
});
