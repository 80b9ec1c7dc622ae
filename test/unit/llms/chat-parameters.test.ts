import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { parseSettings, SettingsError } from '../../../src/config/load.ts';
import { createOpenAiModel } from '../../../src/llms/openai-model.ts';
import { answers, startOpenAiServer, type ProviderRequest } from '../../support/openai-server.ts';
import { collect } from '../../support/http.ts';

const provider = await startOpenAiServer();
beforeEach(() => provider.reset());
afterAll(() => provider.stop());

const create = (env: Record<string, string> = {}) =>
  createOpenAiModel(parseSettings({ ...provider.env, LLM_MAX_RETRIES: '0', LLM_TIMEOUT_MS: '5000', ...env }));
const ask = (model: ReturnType<typeof create>, stream = false) =>
  collect(
    model.answer({
      asked: { question: '', terms: [], languages: [] },
      passages: [],
      evidence: { ranked: [], probability: 0 },
      prompt: () => ({ system: 'Answer.', user: 'unsupported temperature max_tokens stream_options' }),
      stream,
      signal: new AbortController().signal,
      turn: { caller: 'a', most: { prompt: 1, completion: 1 } },
      onAsked: () => undefined,
    }),
  );
const bodies = () => provider.chats().map(({ body }) => body as Record<string, unknown>);

/** A provider that refuses requests with one of these parameters, in its own words. */
const refuses =
  (status: number, sayings: Record<string, unknown>) =>
  (request: ProviderRequest, response: ServerResponse) => {
    const name = Object.keys(sayings).find((one) => one in request.body);
    if (name === undefined) return answers('Yes [1].')(request, response);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(sayings[name]));
  };
const error = (message: string, more: object = {}) => ({ error: { message, ...more } });

describe('a request to the model', () => {
  test('holds a temperature and other members only where the settings say so', async () => {
    await ask(create());
    await ask(create({ LLM_TEMPERATURE: '0', LLM_EXTRA_BODY: '{"reasoning_effort":"low"}' }));
    expect(bodies()[0]).not.toHaveProperty('temperature');
    expect(bodies()[0]).toHaveProperty('max_completion_tokens', 1024);
    expect(bodies()[1]).toMatchObject({ temperature: 0, reasoning_effort: 'low' });
  });

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['what the server sets itself', '{"max_tokens":9}'],
    ['the question', '{"messages":[]}'],
  ])('cannot get members that are %s', (_name, value) => {
    expect(() => parseSettings({ LLM_EXTRA_BODY: value })).toThrow(SettingsError);
    expect(() => parseSettings({ LLM_EXTRA_BODY: value })).toThrow(/^.*\nLLM_EXTRA_BODY: /);
  });
});

describe('what a provider does not take', () => {
  test.each<[string, number, Record<string, unknown>, Record<string, unknown>]>([
    [
      'OpenAI’s o-series: temperature',
      400,
      {
        temperature: error("Unsupported value: 'temperature' does not support 0 with this model.", {
          param: 'temperature',
          code: 'unsupported_value',
        }),
      },
      { max_completion_tokens: 1024 },
    ],
    [
      'Mistral: the newer name, told as a detail',
      422,
      {
        max_completion_tokens: {
          detail: [
            {
              type: 'extra_forbidden',
              loc: ['body', 'max_completion_tokens'],
              msg: 'Extra inputs are not permitted',
            },
          ],
        },
      },
      { max_tokens: 1024, temperature: 0 },
    ],
    [
      'an old Azure: options of streams',
      400,
      { stream_options: error('Unrecognized request argument supplied: stream_options') },
      { max_completion_tokens: 1024 },
    ],
    [
      'vLLM of old: all of it, one after the other',
      400,
      {
        max_completion_tokens: {
          object: 'error',
          message: "[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens')}]",
          code: 400,
        },
        stream_options: {
          object: 'error',
          message: "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options')}]",
          code: 400,
        },
        temperature: { message: 'property temperature is unsupported' },
      },
      { max_tokens: 1024 },
    ],
  ])('is left out or renamed once, and remembered: %s', async (_name, status, sayings, expected) => {
    provider.onChat = refuses(status, sayings);
    const model = create({ LLM_TEMPERATURE: '0' });
    expect((await ask(model, true)).at(-1)).toMatchObject({ type: 'end', finishReason: 'stop' });
    expect(bodies()).toHaveLength(1 + Object.keys(sayings).length);
    await ask(model, true);
    expect(bodies()).toHaveLength(2 + Object.keys(sayings).length);
    expect(bodies().at(-1)).toMatchObject(expected);
    for (const name of Object.keys(sayings)) expect(bodies().at(-1)).not.toHaveProperty(name);
  });

  test('is not the bound of an answer: without it nothing is asked', async () => {
    const said = error('Unknown parameter: max_completion_tokens, max_tokens');
    provider.onChat = refuses(400, { max_completion_tokens: said, max_tokens: said });
    const model = create();
    for (let time = 0; time < 2; time++)
      await expect(ask(model)).rejects.toMatchObject({ code: 'upstream_error' });
    for (const body of bodies()) expect(body.max_tokens ?? body.max_completion_tokens).toBe(1024);
  });

  test('is not remembered where the provider refuses all the same, whatever it quotes', async () => {
    provider.onChat = (request, response) =>
      void response.writeHead(400).end(JSON.stringify(error(JSON.stringify(request.body))));
    const model = create({ LLM_TEMPERATURE: '0' });
    await expect(ask(model)).rejects.toMatchObject({ code: 'upstream_error' });
    provider.reset();
    await ask(model);
    expect(bodies()).toMatchObject([{ temperature: 0, max_completion_tokens: 1024 }]);
  });

  test('is not a context that is too long, though that names it too', async () => {
    const said =
      "'max_completion_tokens' is too large: 1024. This model's maximum context length is 2048 tokens.";
    provider.onChat = refuses(400, {
      max_completion_tokens: error(said, { param: 'max_completion_tokens' }),
    });
    await expect(ask(create())).rejects.toMatchObject({ reason: 'context_length_exceeded' });
    expect(bodies()).toHaveLength(1);
  });
});

test.each<[string, number, unknown]>([
  ['invalid_api_key', 401, error('Incorrect API key provided: sk-…', { code: 'invalid_api_key' })],
  ['invalid_api_key', 400, [error('API key not valid. Please pass a valid API key.', { code: 400 })]],
  ['model_not_found', 404, error('The model `x` does not exist', { code: 'model_not_found' })],
  ['model_not_found', 404, { error: 'model "x" not found, try pulling it first' }],
  ['model_not_found', 400, { message: 'Invalid model: x', type: 'invalid_model', code: '1500' }],
  ['context_length_exceeded', 400, error('x', { code: 'context_length_exceeded' })],
  [
    'context_length_exceeded',
    400,
    { object: 'error', message: "This model's maximum context length is 8192 tokens." },
  ],
  ['context_length_exceeded', 400, error('prompt is too long: 210000 tokens > 200000 maximum')],
  ['insufficient_quota', 429, error('You exceeded your current quota', { code: 'insufficient_quota' })],
  ['insufficient_quota', 402, error('Insufficient Balance')],
  ['rate_limit_exceeded', 429, error('Rate limit reached', { code: 'rate_limit_exceeded' })],
  ['content_filter', 400, error('…content management policy…', { code: 'content_filter' })],
  ['permission_denied', 403, error('Country not supported')],
  ['not_found', 404, '<html>'],
  ['server_error', 503, '<html>'],
])('is told apart: %s, by status %d', async (reason, status, body) => {
  provider.onChat = (_request, response) => void response.writeHead(status).end(JSON.stringify(body));
  await expect(ask(create())).rejects.toMatchObject({ code: 'upstream_error', reason });
});
