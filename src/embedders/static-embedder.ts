import { resolve } from 'node:path';
import { setImmediate as afterOthers } from 'node:timers/promises';
import { SettingsError } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import type { Embedder } from './embedder.ts';
import { openStaticModel, shippedModel } from './static/open-static-model.ts';
import { splitWords } from './static/split-words.ts';

/** How long requests wait for a batch of texts. */
const SLICE_MS = 5;

/**
 * Embeds with a table of word vectors, in this process: the sum of a text's tokens, at unit length. The model is the one
 * that comes with Sallyport, or the folder that `EMBEDDING_MODEL` names.
 *
 * @throws SettingsError where the model is damaged, or its vectors have another length than `EMBEDDING_DIMENSIONS`
 */
export async function createStaticEmbedder(settings: Settings): Promise<Embedder> {
  const folder = settings.EMBEDDING_MODEL;
  const { dimensions, version, encode } =
    folder === undefined ? shippedModel() : openStaticModel(resolve(folder));
  if (settings.EMBEDDING_DIMENSIONS !== undefined && settings.EMBEDDING_DIMENSIONS !== dimensions) {
    throw new SettingsError(
      `EMBEDDING_DIMENSIONS: the static model's vectors are ${dimensions} long; leave it unset.`,
    );
  }
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
        vectors.push(encode(splitWords(text)));
      }
      return vectors;
    },
  };
}
