import { Piscina } from 'piscina';
import { siblingModule } from '../config/package-root.ts';
import { chunkRows, type ChunkedDocument, type IndexableDocument } from '../index-store/chunk-rows.ts';

export type ChunkPool = {
  chunk(document: IndexableDocument): Promise<ChunkedDocument>;
  close(): Promise<void>;
};

/** Below this a document is cut in a few milliseconds: sooner than a thread starts. */
const INLINE_CHARS = 20_000;
const IDLE_MS = 30_000;

/** Cuts documents and counts their terms off the event loop. */
export function createChunkPool(): ChunkPool {
  let pool: Piscina | undefined;
  return {
    chunk: async (document) => {
      if (document.text.length < INLINE_CHARS) return chunkRows(document);
      pool ??= new Piscina({
        filename: siblingModule(import.meta.url, './chunk-worker').href,
        minThreads: 0,
        maxThreads: 1,
        idleTimeout: IDLE_MS,
      });
      return (await pool.run(document)) as ChunkedDocument;
    },
    close: async () => pool?.destroy(),
  };
}
