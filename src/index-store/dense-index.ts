import type { Database } from '../db/database.ts';

/**
 * Makes the HNSW index for vectors of one length, once. Stored vectors may have several lengths (one an embedder), so
 * the index is on the cast, over the rows that have it.
 */
export async function ensureDenseIndex(db: Database, dimensions: number): Promise<void> {
  await db.asOwner((tx) =>
    tx.query(
      `create index if not exists chunks_by_embedding_${dimensions} on chunks
         using hnsw ((embedding::halfvec(${dimensions})) halfvec_cosine_ops)
         where vector_dims(embedding) = ${dimensions}`,
    ),
  );
}
