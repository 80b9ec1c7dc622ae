import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ingest, post, postForEvents } from '../support/http.ts';
import { answers, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { STREAMED, WHOLE, type Expected } from '../support/provider-replies.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const QUESTION = { query: 'When does the archive close?' };

describe('whatever a provider of the OpenAI protocol replies', () => {
  let provider: OpenAiServer;
  let server: RunningServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    const env = { LLM_TIMEOUT_MS: '3000', LLM_MAX_RETRIES: '0', TOKENS_PER_MINUTE_PER_USER: '1000000000' };
    server = await startServer({ env: { ...provider.env, ...env } });
    await ingest(server, [{ text: 'The archive closes at five.', source: 'archive' }]);
  });
  afterEach(async () => {
    // In between it answers: ten failures in a row would open the circuit.
    provider.onChat = answers('At five [1].');
    await post(server, '/query', QUESTION);
    provider.reset();
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what came over the wire is what the tests look into
  const expectAnswer = (body: Record<string, any>, expected: Expected): void => {
    const { answer, finish, refusal, usage } = expected;
    if (refusal === undefined) expect(body).toMatchObject({ refused: false, refusal_reason: null, answer });
    else {
      expect(body).toMatchObject({ refused: true, refusal_reason: refusal, citations: [] });
      if (answer !== undefined) expect(body.answer).toBe(answer);
      expect(body.answer).not.toBe('');
    }
    expect(body.finish_reason).toBe(finish ?? 'stop');
    if (usage) expect([body.usage.prompt_tokens, body.usage.completion_tokens]).toEqual(usage);
    // What nobody counted is estimated.
    else expect(body.usage.prompt_tokens).toBeGreaterThan(50);
    for (const { quote } of body.citations) expect(quote).toBe('The archive closes at five.');
  };

  const expectNothingPrivate = (told: unknown): void => {
    expect(JSON.stringify(told)).not.toMatch(/hidden|own words|NOT.{0,2}IN_|IN_DOCUMENTS/i);
  };

  test.each(WHOLE)('whole: %s', async (_name, reply, expected) => {
    provider.onChat = reply;
    const { status, body } = await post(server, '/query', QUESTION);
    expectNothingPrivate({ ...body, refusal_reason: '' });
    if (expected.problem === undefined) expectAnswer(body, expected);
    else expect([status, body.code, body.reason]).toEqual([502, 'upstream_error', expected.problem]);
  });

  test.each(STREAMED)('streamed: %s', async (_name, reply, expected) => {
    provider.onChat = reply;
    const events = await postForEvents(server, '/query', { ...QUESTION, stream: true });
    const names = events.map(({ event }) => event);
    const { data } = events.at(-1)!;
    expectNothingPrivate(events.map((one) => ({ ...one, data: { ...one.data, refusal_reason: '' } })));
    expect(names[0]).toBe('answer-start');
    if (expected.problem !== undefined) {
      expect([names.at(-1), data.code, data.reason]).toEqual(['error', 'upstream_error', expected.problem]);
      return;
    }
    expectAnswer(data, expected);
    expect(names.filter((name) => name === 'citations')).toHaveLength(1);
    expect([names[1], names.at(-1)]).toEqual(['citations', 'answer-end']);
    const text = events.filter(({ event }) => event === 'answer-delta').map((one) => one.data.text);
    // A refusal takes the place of what was out already.
    if (!data.refused) expect(text.join('')).toBe(data.answer);
  });

  test('there are enough of them', () => {
    expect(WHOLE.length + STREAMED.length).toBeGreaterThanOrEqual(100);
  });

  test('a model whose thoughts have no beginning is found out by its first stream, and none is shown again', async () => {
    // A model of its own server, which remembers.
    const own = await startServer({ env: { ...server.env, PORT: '0', LLM_MODEL: 'thinks-at-once' } });
    const thought = 'Hidden reasons come first. Then they come to an end. ';
    provider.onChat = answers(thought, 'So it is.</th', 'ink>The archive closes ', 'at five [1].');
    const first = await postForEvents(own, '/query', { ...QUESTION, stream: true });
    expect(first.at(-1)).toMatchObject({ event: 'error', data: { reason: 'malformed_reply' } });
    const second = await postForEvents(own, '/query', { ...QUESTION, stream: true });
    expectNothingPrivate(second);
    expect(second.at(-1)!.data.answer).toBe('The archive closes at five [1].');
    provider.onChat = answers('It does ', 'without [1].');
    const third = await postForEvents(own, '/query', { ...QUESTION, stream: true });
    expect(third.at(-1)!.data.answer).toBe('It does without [1].');
    await own.stop();
  });

  test.each<[string, string[]]>([
    ['a citation', ['[1]', ' says: the archive closes at five.']],
    ['a placeholder', ['[PER', 'SON_1] closes the archive at five [1].']],
    ['an invented citation', ['[9]', 'The archive closes at five [1].']],
  ])('an answer that begins with %s has its citations once', async (_name, texts) => {
    provider.onChat = answers(...texts);
    const events = await postForEvents(server, '/query', { ...QUESTION, stream: true });
    const names = events.map(({ event }) => event);
    expect(names.filter((name) => name === 'citations')).toHaveLength(1);
    expect(names.indexOf('citations')).toBe(1);
    expect(events[1]!.data).toMatchObject([{ index: 1, source: 'archive' }]);
  });
});
