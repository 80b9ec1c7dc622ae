import { basename, dirname } from 'node:path';
import { workerData } from 'node:worker_threads';
import type { Tensor } from '@huggingface/transformers';

/** What to load: a folder, or a name on the Hugging Face hub, which is downloaded to `cacheFolder` once. */
export type TransformersModel = { model: string; isFolder: boolean; cacheFolder: string };

/** The vectors of some texts, one after the other. */
export type TransformersReply = { dimensions: number; values: Float32Array };

const { model, isFolder, cacheFolder } = workerData as TransformersModel;

// Runs in a worker thread: a batch takes the processor for longer than a request may wait.
const load = async () => {
  const { AutoModel, AutoTokenizer, env, mean_pooling } = await import('@huggingface/transformers');
  env.allowRemoteModels = !isFolder;
  env.allowLocalModels = isFolder;
  env.localModelPath = dirname(model);
  env.cacheDir = cacheFolder;
  const name = isFolder ? basename(model) : model;
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const network = await AutoModel.from_pretrained(name, { dtype: 'fp32' });
  const { max_position_embeddings: positions = Infinity } = network.config as {
    max_position_embeddings?: number;
  };
  const { model_max_length: longest = Infinity } = tokenizer as { model_max_length?: number };
  const truncate = { padding: true, truncation: true, max_length: Math.min(longest, positions) };
  return async (texts: string[]): Promise<TransformersReply> => {
    const inputs = tokenizer(texts, truncate) as { attention_mask: Tensor };
    const outputs = (await network(inputs)) as { last_hidden_state?: Tensor; token_embeddings: Tensor };
    const tokens = outputs.last_hidden_state ?? outputs.token_embeddings;
    const vectors = mean_pooling(tokens, inputs.attention_mask).normalize(2, -1);
    return { dimensions: vectors.dims[1]!, values: vectors.data as Float32Array };
  };
};

let loaded: ReturnType<typeof load> | undefined;

export default async (texts: string[]): Promise<TransformersReply> => {
  // A download that failed may succeed at the next use.
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return (await loaded)(texts);
};
