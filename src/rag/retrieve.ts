import type { RowScope } from '../db/database.ts';
import type { Embedder } from '../embedders/embedder.ts';
import { UNUSABLE_EMBEDDING } from '../embedders/unit-vector.ts';
import { AppError } from '../errors/app-error.ts';
import type { IndexStore } from '../index-store/index-store.ts';
import type { Filter, Retrieval } from '../index-store/retrieval.ts';
import type { Logger } from '../observability/logger.ts';

export const DEFAULT_TOP_K = 5;

/**
 * What is looked for; who asks is `scope`, never part of it. `text` stays in this process: a provider outside gets
 * `maskedText`, where there is one.
 */
export type RetrievalQuestion = {
  text: string;
  maskedText?: string;
  topK: number;
  filter?: Filter | undefined;
};

export type Retrieve = (
  scope: RowScope,
  question: RetrievalQuestion,
  signal?: AbortSignal,
) => Promise<Retrieval>;

/** Retrieval alone: embeds the question where there is an embedder, and searches the index; by words alone where its vector is none. */
export function createRetrieve(index: IndexStore, embedder: Embedder | undefined, logger?: Logger): Retrieve {
  const embed = async (sent: string, signal: AbortSignal | undefined) => {
    try {
      return (await embedder?.embed([sent], 'query', signal))?.[0];
    } catch (error) {
      if (!(error instanceof AppError && error.reason === UNUSABLE_EMBEDDING)) throw error;
      logger?.warn('a question was searched by its words alone: the embedding model gave no usable vector');
      return undefined;
    }
  };
  return async (scope, { text, maskedText = text, topK, filter }, signal) => {
    const embedding = await embed(embedder?.isRemote ? maskedText : text, signal);
    return index.search(scope, { question: text, topK, filter, embedding });
  };
}
