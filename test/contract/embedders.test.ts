import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../src/config/load.ts';
import type { Embedder } from '../../src/embedders/embedder.ts';
import { embedders, type EmbedderFactory } from '../../src/embedders/index.ts';
import { failsWith, replies, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';

let provider: OpenAiServer;
beforeAll(async () => {
  provider = await startOpenAiServer();
});
afterAll(() => provider.stop());

const settings = () => parseSettings({ ...provider.env, LLM_MAX_RETRIES: '0', LLM_TIMEOUT_MS: '300' });
const names = Object.keys(embedders).filter((name) => name !== 'none') as (keyof typeof embedders)[];

test('`none` embeds nothing: retrieval is then lexical alone', () => {
  const create: EmbedderFactory = embedders.none;
  expect(create(settings())).toBeUndefined();
});

describe.each(names)('the embedder %s', (name) => {
  const create = (): Embedder => {
    const embedder = embedders[name](settings());
    if (!embedder) throw new Error('no embedder');
    return embedder;
  };

  test('gives each text a unit vector of its length, in order, however many there are', async () => {
    provider.reset();
    const embedder = create();
    const texts = Array.from({ length: 300 }, (_, place) => `${String.fromCharCode(97 + (place % 26))} text`);
    const vectors = await embedder.embed(texts, 'document');
    expect(vectors).toHaveLength(300);
    for (const vector of vectors) {
      expect(vector).toHaveLength(embedder.dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    }
    expect(vectors[26]).toEqual(vectors[0]);
    expect(vectors[1]).not.toEqual(vectors[0]);
    expect(await embedder.embed([], 'query')).toEqual([]);
  });

  test('is named by all that makes its vectors comparable', () => {
    const { name: label, dimensions } = create();
    expect(label).toContain(name);
    expect(label).toContain(String(dimensions));
  });
});

describe('an embedding provider that fails', () => {
  test.each([
    ['upstream_error', 'answers with an error', failsWith(500)],
    ['upstream_error', 'replies with garbage', replies('{"data": "none"}')],
    [
      'upstream_error',
      'gives vectors of another length',
      replies({ data: [{ index: 0, embedding: [1, 2] }] }),
    ],
  ])('is %s when it %s', async (code, _what, behaviour) => {
    provider.onEmbeddings = behaviour;
    await expect(embedders.openai(settings()).embed(['a'], 'query')).rejects.toMatchObject({ code });
  });
});
