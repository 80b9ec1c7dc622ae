import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSettings, SettingsError } from '../../../src/config/load.ts';
import { createStaticEmbedder } from '../../../src/embedders/static-embedder.ts';
import { writeStaticModel } from '../../support/static-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-model-'));
beforeEach(() => writeStaticModel(folder, ['[UNK]', 'one', 'two', 'one two']));
afterAll(() => rmSync(folder, { recursive: true }));

const create = (env: Record<string, string> = {}) =>
  createStaticEmbedder(parseSettings({ EMBEDDING_MODEL: folder, ...env }));

describe('a model', () => {
  test('of one’s own is used from its folder', async () => {
    const embedder = await create();
    const [one, phrase, unknown, empty] = await embedder.embed(['One.', 'one two', '!', ''], 'document');
    expect(embedder.dimensions).toBe(16);
    expect(phrase).not.toEqual(one);
    expect(unknown).toEqual(empty);
  });

  test('has another name when its content is another', async () => {
    const { name } = await create();
    expect((await create()).name).toBe(name);
    writeStaticModel(folder, ['[UNK]', 'one', 'too', 'one two']);
    expect((await create()).name).not.toBe(name);
  });

  test.each([
    ['embeddings.safetensors', /damaged: embeddings\.safetensors/],
    ['vocabulary.txt', /damaged: vocabulary\.txt/],
  ])('is refused when its %s is not what its checksum says', async (file, problem) => {
    appendFileSync(join(folder, file), 'x');
    await expect(create()).rejects.toThrow(problem);
    await expect(create()).rejects.toBeInstanceOf(SettingsError);
  });

  test('is refused when it lacks a file, or a checksum', async () => {
    writeFileSync(join(folder, 'checksums.txt'), '');
    await expect(create()).rejects.toThrow(/damaged/);
    rmSync(join(folder, 'checksums.txt'));
    await expect(create()).rejects.toThrow(/lacks its checksums\.txt/);
  });

  test('is refused when its first entry is not the unknown token', async () => {
    writeStaticModel(folder, ['one', '[UNK]']);
    await expect(create()).rejects.toThrow(/do not fit/);
  });

  test.each([0, Number.NaN, Infinity])('is refused when a scale is %d', async (scale) => {
    writeStaticModel(folder, ['[UNK]', 'one'], { scale });
    await expect(create()).rejects.toThrow(/scales that are not numbers above zero/);
  });

  test('is refused when its vectors have another length than is asked for', async () => {
    await expect(create({ EMBEDDING_DIMENSIONS: '384' })).rejects.toThrow(
      /^EMBEDDING_DIMENSIONS: .* 16 long/,
    );
  });
});

test('a large batch lets others have their turn', async () => {
  const embedder = await create();
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  await embedder.embed(Array<string>(20_000).fill('one two three four '.repeat(10)), 'document');
  clearInterval(others);
  expect(turns).toBeGreaterThan(5);
});
