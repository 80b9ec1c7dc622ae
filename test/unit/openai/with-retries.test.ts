import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../../src/config/load.ts';
import { createOpenAiEmbedder } from '../../../src/embedders/openai-embedder.ts';
import { createOpenAiModeration } from '../../../src/guardrails/content/openai-moderation.ts';
import { guardText } from '../../../src/guardrails/text/guarded-text.ts';
import { createOpenAiModel } from '../../../src/llms/openai-model.ts';
import { collect } from '../../support/http.ts';
import { failsWith, isBusyFor, startOpenAiServer } from '../../support/openai-server.ts';

const provider = await startOpenAiServer();
beforeEach(() => provider.reset());
afterAll(() => provider.stop());

const settings = parseSettings({ ...provider.env, LLM_TIMEOUT_MS: '2000', LLM_MAX_RETRIES: '3' });
const model = createOpenAiModel(settings);
const chat = (stream: boolean, signal: AbortSignal) =>
  collect(
    model.answer({
      asked: { question: '', terms: [], languages: [] },
      passages: [],
      evidence: { ranked: [], probability: 0 },
      prompt: () => ({ system: 'Answer.', user: 'What?' }),
      stream,
      signal,
      turn: { caller: 'a', most: { prompt: 1, completion: 1 } },
      onAsked: () => undefined,
    }),
  );
const embedder = createOpenAiEmbedder(settings, () => undefined);
const moderation = createOpenAiModeration(settings);
const calls: [string, (signal: AbortSignal) => Promise<unknown>][] = [
  ['a whole answer', (signal) => chat(false, signal)],
  ['a streamed answer', (signal) => chat(true, signal)],
  ['an embedding', (signal) => embedder.embed(['a'], 'query', signal)],
  ['a moderation', async (signal) => moderation.rate(guardText('a'), signal)],
];
const busy = (seconds: number) => {
  provider.onChat = provider.onEmbeddings = provider.onModerations = isBusyFor(seconds);
};

describe.each(calls)('%s', (_name, call) => {
  test('fails at once where the provider wants a longer pause than there is time, and says when', async () => {
    busy(90);
    const before = Date.now();
    await expect(call(new AbortController().signal)).rejects.toMatchObject({
      code: 'upstream_error',
      reason: 'rate_limit_exceeded',
      retryAfterSeconds: 90,
    });
    // Not in 90 s; the machine may be slow.
    expect(Date.now() - before).toBeLessThan(20_000);
    expect(provider.requests).toHaveLength(1);
  });

  test('ends in the middle of a pause when its caller leaves', async () => {
    busy(1);
    const reason = new Error('gone');
    const gone = new AbortController();
    const calling = call(gone.signal);
    const ended = expect(calling).rejects.toBe(reason);
    while (provider.requests.length === 0) await new Promise((resume) => setTimeout(resume, 5));
    setTimeout(() => gone.abort(reason), 50);
    await ended;
    expect(provider.requests).toHaveLength(1);
  });

  test('is made again after a short pause', async () => {
    busy(0);
    await expect(call(new AbortController().signal)).rejects.toMatchObject({ code: 'upstream_error' });
    const attempts = provider.requests.map(({ headers }) => headers['x-stainless-retry-count']);
    expect(attempts).toEqual(['0', '1', '2', '3']);
  });

  test('is not made again for a quota that is used up', async () => {
    provider.onChat =
      provider.onEmbeddings =
      provider.onModerations =
        (_request, response) =>
          void response
            .writeHead(429, { 'content-type': 'application/json' })
            .end('{"error":{"message":"…","type":"insufficient_quota","code":"insufficient_quota"}}');
    await expect(call(new AbortController().signal)).rejects.toMatchObject({ reason: 'insufficient_quota' });
    expect(provider.requests).toHaveLength(1);
  });
});

test('a date is understood, and nonsense is none', async () => {
  provider.onChat = failsWith(503, { 'retry-after': new Date(Date.now() + 120_000).toUTCString() });
  await expect(chat(false, new AbortController().signal)).rejects.toMatchObject({ reason: 'server_error' });
  expect(provider.requests).toHaveLength(1);
  provider.reset();
  provider.onChat = failsWith(503, { 'retry-after': 'soon' });
  await expect(chat(false, new AbortController().signal)).rejects.toMatchObject({ reason: 'server_error' });
  expect(provider.requests).toHaveLength(4);
});
