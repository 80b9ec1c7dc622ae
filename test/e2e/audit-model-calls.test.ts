import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { get, ingest, post } from '../support/http.ts';
import { failsWith, rates, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

describe('calls to a provider besides the one that answers', () => {
  let provider: OpenAiServer;
  let server: RunningServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({
      env: {
        ...provider.env,
        EMBEDDING_PROVIDER: 'openai',
        CONTENT_SCORER: 'openai',
        LLM_MAX_RETRIES: '0',
      },
    });
    await ingest(server, [{ text: 'The bridge opens at five.' }]);
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  const callsOf = async (action: string): Promise<Record<string, unknown>[]> =>
    (await get(server, `/admin/audit?event=${action}`)).body.events;

  test('embeddings are on record, also those that failed', async () => {
    const [done] = await callsOf('embeddings');
    expect(done).toMatchObject({ outcome: 'success', tenant: 'default', prompt_tokens: 8 });
    provider.onEmbeddings = failsWith(400);
    provider.onModerations = rates({ violence: 0, hate: 0, sexual: 0, 'self-harm': 0 });
    const reply = await post(server, '/search', { query: 'When does the bridge open?' });
    const [failed] = await callsOf('embeddings');
    expect(failed).toMatchObject({
      event: 'model_call',
      outcome: 'failure',
      code: 'upstream_error',
      request_id: reply.headers.get('x-request-id'),
      latency_ms: expect.any(Number),
    });
    expect(failed).not.toHaveProperty('prompt_tokens');
  });

  test('so are the ratings of a moderation API', async () => {
    for (const [behaviour, outcome] of [
      [rates({ violence: 0, hate: 0, sexual: 0, 'self-harm': 0 }), { outcome: 'success' }],
      [failsWith(500), { outcome: 'failure', code: 'upstream_error' }],
    ] as const) {
      provider.onModerations = behaviour;
      const reply = await post(server, '/search', { query: 'When does the bridge open?' });
      expect((await callsOf('moderation'))[0]).toMatchObject({
        event: 'model_call',
        model: 'openai/omni-moderation-latest',
        request_id: reply.headers.get('x-request-id'),
        ...outcome,
      });
    }
  });
});
