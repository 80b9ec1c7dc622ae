import type { RetrievedChunk } from '../index-store/retrieval.ts';

/** A retrieved chunk as the model sees it, numbered from 1: `[index]` in an answer cites it. */
export type Passage = RetrievedChunk & { index: number };
