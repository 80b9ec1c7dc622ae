import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { parseSettings } from '../../src/config/load.ts';
import type { Embedder } from '../../src/embedders/embedder.ts';
import { embedders, type EmbedderFactory } from '../../src/embedders/index.ts';
import { startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';

type Name = Exclude<keyof typeof embedders, 'none'>;

let provider: OpenAiServer;
beforeAll(async () => {
  provider = await startOpenAiServer();
});
afterAll(() => provider.stop());

const environments = {
  static: () => ({}),
  openai: () => provider.env,
  transformers: () => ({ EMBEDDING_MODEL: join(import.meta.dirname, '../fixtures/tiny-onnx-model') }),
} satisfies Record<Name, () => Record<string, string>>;

const create = async (name: keyof typeof embedders, env: Record<string, string>) => {
  const factory: EmbedderFactory = embedders[name];
  return factory(parseSettings({ LLM_MAX_RETRIES: '0', LLM_TIMEOUT_MS: '2000', ...env }), () => undefined);
};

test('`none` embeds nothing: retrieval is then lexical alone', async () => {
  expect(await create('none', {})).toBeUndefined();
});

describe.each(Object.keys(environments) as Name[])('the embedder %s', (name) => {
  let embedder: Embedder;
  beforeAll(async () => {
    embedder = (await create(name, environments[name]()))!;
  });
  afterEach(() => provider.reset());
  afterAll(() => embedder.close?.());

  const expectUnits = (vectors: Float32Array[], count: number) => {
    expect(vectors).toHaveLength(count);
    for (const vector of vectors) {
      expect(vector).toHaveLength(embedder.dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    }
  };

  test('gives each text a unit vector of its length, in order, however many there are', async () => {
    const texts = Array.from({ length: 300 }, (_, place) => `${String.fromCharCode(97 + (place % 26))} text`);
    const vectors = await embedder.embed(texts, 'document');
    expectUnits(vectors, 300);
    expect(vectors[26]).toEqual(vectors[0]);
    expect(vectors[1]).not.toEqual(vectors[0]);
    expect(vectors[299]).toEqual((await embedder.embed([texts[299]!], 'document'))[0]);
  });

  test('gives nothing for nothing', async () => {
    expect(await embedder.embed([], 'query')).toEqual([]);
  });

  test('gives the same vector again', async () => {
    expect(await embedder.embed(['the same text'], 'query')).toEqual(
      await embedder.embed(['the same text'], 'query'),
    );
  });

  test.each([
    ['empty', ''],
    ['blank', ' \n\t'],
    ['very long', 'many words. '.repeat(20_000)],
    ['one very long word', 'x'.repeat(100_000)],
    ['of control characters', '\u0000\u0007\u200d\ufeff'],
    ['of half a surrogate pair', 'a \ud83d b'],
    ['of many scripts', 'Ünïcödé 東京 مرحبا नमस्ते 👩‍👩‍👧 ﷽'],
  ])('takes a text that is %s', async (_what, text) => {
    expectUnits(await embedder.embed([text, 'and another'], 'document'), 2);
  });

  test('stops when it is aborted', async () => {
    const reason = new Error('enough');
    const texts = Array.from({ length: 20_000 }, () => 'some words to embed');
    await expect(embedder.embed(texts, 'document', AbortSignal.abort(reason))).rejects.toBe(reason);
    const abort = new AbortController();
    const embedding = embedder.embed(texts, 'document', abort.signal);
    setTimeout(() => abort.abort(reason), 1);
    await expect(embedding).rejects.toBe(reason);
  });

  test('is named by all that makes its vectors comparable', () => {
    expect(embedder.name).toMatch(new RegExp(`^${name}/.+/${embedder.dimensions}$`));
  });
});
