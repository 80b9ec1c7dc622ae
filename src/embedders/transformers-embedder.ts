import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { Piscina } from 'piscina';
import { SettingsError } from '../config/load.ts';
import { siblingModule } from '../config/package-root.ts';
import type { Settings } from '../config/schema.ts';
import { AppError } from '../errors/app-error.ts';
import type { Embedder, OnUsage } from './embedder.ts';
import { unitVector } from './unit-vector.ts';
import type { TransformersModel, TransformersReply } from './transformers-worker.ts';

const PACKAGE = '@huggingface/transformers';
const DEFAULT_MODEL = 'Xenova/all-MiniLM-L6-v2';
const WORKER = siblingModule(import.meta.url, './transformers-worker');
/** A question waits for the batches that are before it. */
const BATCH_TEXTS = 16;

/**
 * Embeds with a sentence model in ONNX form, run in a worker thread: the mean over a text's tokens, at unit length;
 * longer texts than the model reads are truncated. `EMBEDDING_MODEL` is a folder (`config.json`, `tokenizer.json`,
 * `onnx/model.onnx`) or a name on the Hugging Face hub. A worker that dies fails the calls it had and is replaced.
 *
 * @throws SettingsError where the package is not installed, the model cannot be loaded, or its vectors have another
 *   length than `EMBEDDING_DIMENSIONS`
 */
export async function createTransformersEmbedder(
  settings: Settings,
  _onUsage: OnUsage,
  worker: URL = WORKER,
): Promise<Embedder> {
  requirePackage();
  const model = settings.EMBEDDING_MODEL ?? DEFAULT_MODEL;
  const isFolder = existsSync(model) || isAbsolute(model) || model.startsWith('.');
  const pool = new Piscina({
    filename: worker.href,
    minThreads: 0,
    maxThreads: 1,
    // The model stays in memory.
    idleTimeout: Infinity,
    workerData: {
      model: isFolder ? resolve(model) : model,
      isFolder,
      cacheFolder: resolve(join(settings.DATA_DIR, 'models')),
    } satisfies TransformersModel,
  });
  // Told of a worker that died idle; the next call starts another.
  pool.on('error', () => undefined);
  const run = async (texts: string[]) => (await pool.run(texts)) as TransformersReply;

  try {
    const dimensions = await learnDimensions(settings, model, run);
    return {
      // A folder may be moved, and keeps its name.
      name: `transformers/${isFolder ? basename(resolve(model)) : model}/${dimensions}`,
      dimensions,
      embed: async (texts, _kind, signal) => {
        const vectors: Float32Array[] = [];
        for (let from = 0; from < texts.length; from += BATCH_TEXTS) {
          const batch = texts.slice(from, from + BATCH_TEXTS).map((text) => text.toWellFormed());
          const { values } = await unlessAborted(() => run(batch).catch(failed), signal);
          for (let text = 0; text < batch.length; text += 1)
            vectors.push(unitVector(values.subarray(text * dimensions, (text + 1) * dimensions), dimensions));
        }
        return vectors;
      },
      close: () => pool.destroy(),
    };
  } catch (error) {
    await pool.destroy();
    throw error;
  }
}

function requirePackage(): void {
  try {
    createRequire(import.meta.url).resolve(PACKAGE);
  } catch (cause) {
    throw new SettingsError(`EMBEDDING_PROVIDER=transformers needs \`npm install ${PACKAGE}\`.`, { cause });
  }
}

async function learnDimensions(
  { EMBEDDING_DIMENSIONS: expected }: Settings,
  model: string,
  run: (texts: string[]) => Promise<TransformersReply>,
): Promise<number> {
  const { dimensions } = await run(['length']).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SettingsError(
      `EMBEDDING_MODEL: ${model} is no folder with config.json, tokenizer.json and onnx/model.onnx, nor a model of the hub that can be had (${reason}).`,
      { cause },
    );
  });
  if (expected === undefined || expected === dimensions) return dimensions;
  throw new SettingsError(
    `EMBEDDING_DIMENSIONS: the vectors of ${model} are ${dimensions} long; leave it unset.`,
  );
}

/** The batch under way is finished and thrown away: to end it, the worker would have to load its model anew. */
async function unlessAborted<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  if (!signal) return work();
  signal.throwIfAborted();
  const { promise, resolve: finish, reject } = Promise.withResolvers<Result>();
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort);
  work().then(finish, reject);
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

function failed(cause: unknown): never {
  throw new AppError('upstream_error', 'The embedding model failed.', { cause });
}
