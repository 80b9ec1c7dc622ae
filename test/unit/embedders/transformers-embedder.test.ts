import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseSettings } from '../../../src/config/load.ts';
import type { Embedder } from '../../../src/embedders/embedder.ts';
import { createTransformersEmbedder } from '../../../src/embedders/transformers-embedder.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const model = join(fixtures, 'tiny-onnx-model');
const dyingWorker = pathToFileURL(join(fixtures, 'dying-embedding-worker.ts'));

const opened: Embedder[] = [];
const create = async (env: Record<string, string> = {}, worker?: URL) => {
  const settings = parseSettings({ EMBEDDING_MODEL: model, ...env });
  const embedder = await createTransformersEmbedder(settings, () => undefined, worker);
  opened.push(embedder);
  return embedder;
};
afterEach(async () => {
  for (const embedder of opened.splice(0)) await embedder.close?.();
});

test('a folder keeps its name when it is moved', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'sallyport-onnx-'));
  cpSync(model, join(elsewhere, 'tiny-onnx-model'), { recursive: true });
  const { name } = await create({ EMBEDDING_MODEL: join(elsewhere, 'tiny-onnx-model') });
  rmSync(elsewhere, { recursive: true });
  expect(name).toBe('transformers/tiny-onnx-model/32');
});

test('texts of one batch do not change each other’s vectors', async () => {
  const embedder = await create();
  const [beside] = await embedder.embed(['short text', 'a much longer text '.repeat(50)], 'document');
  const [alone] = await embedder.embed(['short text'], 'query');
  for (const [place, value] of alone!.entries()) expect(beside![place]).toBeCloseTo(value, 5);
});

describe('a model that cannot be had', () => {
  test('is a wrong setting', async () => {
    await expect(create({ EMBEDDING_MODEL: join(model, 'none') })).rejects.toThrow(
      /^EMBEDDING_MODEL: .*none/,
    );
    await expect(create({ EMBEDDING_DIMENSIONS: '64' })).rejects.toThrow(/^EMBEDDING_DIMENSIONS: .* 32 long/);
  });

  test('says what to install where the package is missing', async () => {
    jest.resetModules();
    jest.unstable_mockModule('node:module', () => ({
      createRequire: () => ({
        resolve: () => {
          throw new Error('Cannot find module');
        },
      }),
    }));
    const lacking = await import('../../../src/embedders/transformers-embedder.ts');
    await expect(
      lacking.createTransformersEmbedder(parseSettings({ EMBEDDING_MODEL: model }), () => undefined),
    ).rejects.toThrow('EMBEDDING_PROVIDER=transformers needs `npm install @huggingface/transformers`.');
  });
});

describe('a worker', () => {
  test('that dies fails the call it had, and another takes its place', async () => {
    const embedder = await create({}, dyingWorker);
    await expect(embedder.embed(['die'], 'query')).rejects.toMatchObject({ code: 'upstream_error' });
    expect(await embedder.embed(['live'], 'query')).toHaveLength(1);
    await expect(embedder.embed(['die'], 'query')).rejects.toMatchObject({ code: 'upstream_error' });
    expect(await embedder.embed(['live'], 'query')).toHaveLength(1);
  });

  test.each(['nothing', 'NaN'])('that gives a vector of %s has given none', async (text) => {
    const embedder = await create({}, dyingWorker);
    await expect(embedder.embed([text], 'document')).rejects.toMatchObject({ reason: 'unusable_embedding' });
  });

  test('that fails says nothing of the inside', async () => {
    const embedder = await create({}, dyingWorker);
    await expect(embedder.embed(['fail'], 'query')).rejects.toThrow('The embedding model failed.');
  });
});
