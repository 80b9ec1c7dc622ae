import type { Database, Transaction } from '../db/database.ts';
import { dropOtherDenseIndexes } from '../index-store/dense-index.ts';
import { holdIdentity, type IndexIdentity } from '../index-store/index-identity.ts';

/** Vectors that are removed at once. */
const BATCH = 5_000;

/** Whether there are vectors of another embedder. */
export async function hasLeftovers(tx: Transaction, { embedder }: IndexIdentity): Promise<boolean> {
  const found = await tx.query('select from chunk_embeddings where embedder <> $1 limit 1', [embedder]);
  return found.length > 0;
}

/**
 * Removes the vectors of every other embedder, and their indexes, a few at a time: nobody waits for long.
 *
 * @throws AppError `unavailable` when the index has become another's meanwhile
 */
export async function removeLeftovers(db: Database, own: IndexIdentity, signal: AbortSignal): Promise<void> {
  await db.asOwner(async (tx) => {
    await holdIdentity(tx, own);
    await dropOtherDenseIndexes(tx, own.embedder);
  });
  for (let after: string | null = '0'; after !== null;) {
    signal.throwIfAborted();
    after = await db.asOwner(async (tx) => {
      await holdIdentity(tx, own);
      const [removed] = await tx.query<{ last: string | null }>(
        `with gone as (
           delete from chunk_embeddings where (chunk_id, embedder) in (
             select chunk_id, embedder from chunk_embeddings where chunk_id >= $2 and embedder <> $1 order by chunk_id limit ${BATCH})
           returning chunk_id)
         select max(chunk_id) as last from gone`,
        [own.embedder, after],
      );
      return removed!.last;
    });
  }
}
