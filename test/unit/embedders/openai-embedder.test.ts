import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../../src/config/load.ts';
import type { EmbeddingUsage } from '../../../src/embedders/embedder.ts';
import { createOpenAiEmbedder } from '../../../src/embedders/openai-embedder.ts';
import {
  DIMENSIONS,
  embedsWith,
  failsWith,
  inTurn,
  isBusyFor,
  replies,
  startOpenAiServer,
  type OpenAiServer,
} from '../../support/openai-server.ts';

let provider: OpenAiServer;
let usage: EmbeddingUsage[] = [];
beforeAll(async () => {
  provider = await startOpenAiServer();
});
afterEach(() => {
  provider.reset();
  usage = [];
});
afterAll(() => provider.stop());

const create = (env: Record<string, string> = {}) =>
  createOpenAiEmbedder(
    parseSettings({ ...provider.env, LLM_MAX_RETRIES: '0', LLM_TIMEOUT_MS: '3000', ...env }),
    (used) => usage.push(used),
  );
const inputs = () => provider.requests.map(({ body }) => body.input as string[]);
const works = embedsWith(() => Array<number>(DIMENSIONS).fill(1));

describe('a request', () => {
  test('holds so many texts, and so many bytes, as the API takes', async () => {
    const texts = [...Array<string>(200).fill('short'), ...Array<string>(50).fill('ä'.repeat(4_000))];
    expect(await create().embed(texts, 'document')).toHaveLength(250);
    expect(inputs().flat()).toEqual(texts);
    expect(inputs().length).toBeGreaterThan(2);
    for (const input of inputs()) {
      expect(input.length).toBeLessThanOrEqual(2048);
      expect(Buffer.byteLength(input.join(''))).toBeLessThanOrEqual(300_000);
    }
  });

  test('holds no text that is longer than a model reads, and never half a character', async () => {
    await create().embed(['a'.repeat(10_000), `a${'😀'.repeat(5_000)}`, '', '\ud83d'], 'document');
    expect(inputs()[0]).toEqual(['a'.repeat(8_192), `a${'😀'.repeat(2_047)}`, ' ', '\ufffd']);
  });

  test.each([
    [{ EMBEDDING_MODEL: 'text-embedding-3-large', EMBEDDING_DIMENSIONS: '8' }, 8],
    [{ EMBEDDING_MODEL: 'of-another-server', EMBEDDING_DIMENSIONS: '8' }, undefined],
  ])('names dimensions only to a model known to shorten its vectors: %j', async (env, dimensions) => {
    await create(env).embed(['a'], 'query');
    expect(provider.requests[0]!.body.dimensions).toBe(dimensions);
  });
});

test.each([
  ['text-embedding-3-small', 1536],
  ['text-embedding-3-large', 3072],
  ['text-embedding-ada-002', 1536],
])('%s has %d dimensions unless others are asked for', (model, dimensions) => {
  expect(create({ EMBEDDING_MODEL: model, EMBEDDING_DIMENSIONS: '' }).dimensions).toBe(dimensions);
});

test.each([
  [{ EMBEDDING_MODEL: 'unknown', EMBEDDING_DIMENSIONS: '' }],
  [{ EMBEDDING_MODEL: 'text-embedding-ada-002', EMBEDDING_DIMENSIONS: '8' }],
  [{ EMBEDDING_MODEL: 'text-embedding-3-small', EMBEDDING_DIMENSIONS: '3072' }],
])('a length that the model does not have is a wrong setting: %j', (env) => {
  expect(() => create(env)).toThrow(/^EMBEDDING_DIMENSIONS: /);
});

describe('what it costs', () => {
  test.each<[Record<string, string>, number]>([
    [{}, (8 * 0.02) / 1e6],
    [{ EMBEDDING_PRICE_PER_MILLION_TOKENS: '5' }, 4e-5],
    [{ EMBEDDING_MODEL: 'of-another-server' }, 0],
  ])('is the provider’s count times the price: %j', async (env, costUsd) => {
    await create(env).embed(['a'], 'query');
    expect(usage).toEqual([{ kind: 'query', texts: 1, tokens: 8, costUsd }]);
  });

  test('is estimated where the provider does not count', async () => {
    provider.onEmbeddings = replies({ data: [{ index: 0, embedding: Array<number>(DIMENSIONS).fill(1) }] });
    await create().embed(['twelve chars'], 'document');
    expect(usage).toMatchObject([{ kind: 'document', tokens: 5 }]);
  });

  test('is told of the requests that were answered before one failed', async () => {
    provider.onEmbeddings = inTurn(works, failsWith(500));
    await expect(create().embed(Array<string>(200).fill('a'), 'document')).rejects.toThrow();
    expect(usage).toHaveLength(1);
  });
});

test('a busy provider is asked again when it says', async () => {
  provider.onEmbeddings = inTurn(isBusyFor(1), works);
  const before = Date.now();
  expect(await create({ LLM_MAX_RETRIES: '1' }).embed(['a'], 'query')).toHaveLength(1);
  expect(Date.now() - before).toBeGreaterThanOrEqual(1_000);
});

test.each([
  ['upstream_error', 'answers with an error', failsWith(500)],
  ['upstream_error', 'replies with garbage', replies('{"data": "none"}')],
  ['upstream_error', 'gives vectors of another length', embedsWith(() => [1, 2])],
  ['upstream_error', 'gives too few vectors', replies({ data: [] })],
  [
    'upstream_error',
    'counts more tokens than there can be',
    replies({
      data: [{ index: 0, embedding: Array<number>(DIMENSIONS).fill(1) }],
      usage: { total_tokens: Number.MAX_SAFE_INTEGER },
    }),
  ],
  ['upstream_timeout', 'never replies', () => undefined],
])('it is an %s when the provider %s', async (code, _what, behaviour) => {
  provider.onEmbeddings = behaviour;
  const embedding = create({ LLM_TIMEOUT_MS: '300' }).embed(['a'], 'query');
  await expect(embedding).rejects.toMatchObject({ code });
});

test('a vector is brought to unit length, however long or short it is', async () => {
  for (const value of [1, 1e300, 1e-300, -1e-3]) {
    provider.onEmbeddings = embedsWith(() => Array<number>(DIMENSIONS).fill(value));
    const [vector] = await create().embed(['a'], 'document');
    expect(Math.hypot(...vector!)).toBeCloseTo(1, 5);
  }
});

test.each([
  ['is named twice', [0, 0]],
  ['is of a text that was not sent', [0, 2]],
])('a vector that %s is none', async (_what, indexes) => {
  const data = indexes.map((index) => ({ index, embedding: Array<number>(DIMENSIONS).fill(1) }));
  provider.onEmbeddings = replies({ data });
  await expect(create().embed(['a', 'b'], 'document')).rejects.toMatchObject({ reason: 'malformed_reply' });
});
