import type { RowScope } from '../db/database.ts';
import type { Embedder } from '../embedders/embedder.ts';
import type { Filter, IndexStore, Retrieval } from '../index-store/index-store.ts';

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

/** Retrieval alone: embeds the question where there is an embedder, and searches the index. */
export function createRetrieve(index: IndexStore, embedder: Embedder | undefined): Retrieve {
  return async (scope, { text, maskedText = text, topK, filter }, signal) => {
    const sent = embedder?.isRemote ? maskedText : text;
    const [embedding] = embedder ? await embedder.embed([sent], 'query', signal) : [];
    return index.search(scope, { question: text, topK, filter, embedding });
  };
}
