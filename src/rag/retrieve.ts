import type { RowScope } from '../db/database.ts';
import type { Embedder } from '../embedders/embedder.ts';
import type { Filter, IndexStore, Retrieval } from '../index-store/index-store.ts';

export const DEFAULT_TOP_K = 5;

/** A question as the routes hand it over; who asks is `scope`, never part of it. */
export type Question = { text: string; topK: number; filter?: Filter | undefined };

export type Retrieve = (scope: RowScope, question: Question, signal?: AbortSignal) => Promise<Retrieval>;

/** Retrieval alone: embeds the question where there is an embedder, and searches the index. */
export function createRetrieve(index: IndexStore, embedder: Embedder | undefined): Retrieve {
  return async (scope, { text, topK, filter }, signal) => {
    const [embedding] = embedder ? await embedder.embed([text], 'query', signal) : [];
    return index.search(scope, { question: text, topK, filter, embedding });
  };
}
