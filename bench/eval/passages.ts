import { chunkDocument } from '../../src/documents/chunk-document.ts';
import { findBlocks } from '../../src/documents/plain-text.ts';
import { contextOf } from '../../src/index-store/chunk-rows.ts';
import type { CorpusDocument, Reference } from './dataset.ts';

/** A chunk as the product cuts it; `text` is what it indexes and embeds. */
export type EvalChunk = Reference & { text: string };

export function chunksOf(corpus: readonly CorpusDocument[]): EvalChunk[] {
  return corpus.flatMap(({ id, title, text }) =>
    chunkDocument(text, findBlocks(text)).map(({ start, end, headingPath }) => ({
      doc_id: id,
      start,
      end,
      text: contextOf(title, headingPath, text.slice(start, end)),
    })),
  );
}

/** Spans of documents, best first. */
export type Ranker = (question: string) => Promise<Reference[]>;
