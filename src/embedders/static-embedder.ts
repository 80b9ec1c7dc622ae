import { join, resolve } from 'node:path';
import { setImmediate as afterOthers } from 'node:timers/promises';
import { SettingsError } from '../config/load.ts';
import { packageRoot } from '../config/package-root.ts';
import type { Settings } from '../config/schema.ts';
import type { Embedder } from './embedder.ts';
import { createEncoder } from './static/encoder.ts';
import { loadStaticModel } from './static/static-model.ts';

const SHIPPED = join(packageRoot, 'models', 'static');
/** How long requests wait for a batch of texts. */
const SLICE_MS = 5;

/**
 * Embeds with a table of word vectors, in this process: the sum of a text's tokens, at unit length. The model is the one
 * that comes with Sallyport, or the folder that `EMBEDDING_MODEL` names.
 *
 * @throws SettingsError where the model is damaged, or its vectors have another length than `EMBEDDING_DIMENSIONS`
 */
export async function createStaticEmbedder(settings: Settings): Promise<Embedder> {
  const folder = settings.EMBEDDING_MODEL === undefined ? SHIPPED : resolve(settings.EMBEDDING_MODEL);
  const model = await loadStaticModel(folder);
  const { dimensions, version } = model;
  if (settings.EMBEDDING_DIMENSIONS !== undefined && settings.EMBEDDING_DIMENSIONS !== dimensions) {
    throw new SettingsError(
      `EMBEDDING_DIMENSIONS: the static model's vectors are ${dimensions} long; leave it unset.`,
    );
  }
  const encode = createEncoder(model);
  return {
    name: `static/${version}/${dimensions}`,
    dimensions,
    embed: async (texts, _kind, signal) => {
      const vectors: Float32Array[] = [];
      let since = performance.now();
      for (const text of texts) {
        if (performance.now() - since > SLICE_MS) {
          await afterOthers();
          since = performance.now();
        }
        signal?.throwIfAborted();
        vectors.push(encode(text));
      }
      return vectors;
    },
  };
}
