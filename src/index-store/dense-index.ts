import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Database, Transaction } from '../db/database.ts';
import type { Embedder } from '../embedders/embedder.ts';

/**
 * Neighbours a vector is linked to, and how many are looked at to find them: pgvector's own values. More of either makes
 * an insert dearer, and finds little more than a larger ef_search does. An index that is there keeps its own.
 */
const M = 16;
const EF_CONSTRUCTION = 64;

const PREFIX = 'chunk_embeddings_nearest_';

/** Makes the HNSW index of an embedder's vectors, once. Vectors of other embedders have another length, and their own. */
export async function ensureDenseIndex(db: Database, { name, dimensions }: Embedder): Promise<void> {
  const index = indexName(name);
  await db.asOwner(async (tx) => {
    const [found] = await tx.query('select from pg_class where oid = to_regclass($1)', [index]);
    // Even one that turns out to exist would first wait for every writer.
    if (found) return;
    // Two servers that start together must not make it twice.
    await tx.query("select pg_advisory_xact_lock(hashtextextended('sallyport.dense-index', 0))");
    await tx.query(
      `create index if not exists ${index} on chunk_embeddings
         using hnsw ((embedding::halfvec(${dimensions})) halfvec_cosine_ops) with (m = ${M}, ef_construction = ${EF_CONSTRUCTION})
         where embedder = ${pg.escapeLiteral(name)}`,
    );
  });
}

/** Drops the HNSW indexes of every embedder but this one. */
export async function dropOtherDenseIndexes(tx: Transaction, embedder: string): Promise<void> {
  const others = await tx.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'sallyport'::regnamespace and relkind = 'i'
        and starts_with(relname, $1) and relname <> $2`,
    [PREFIX, indexName(embedder)],
  );
  for (const { name } of others) await tx.query(`drop index if exists ${name}`);
}

/** A name of Postgres has at most 63 bytes, and a model's may be longer. */
function indexName(embedder: string): string {
  return PREFIX + createHash('sha256').update(embedder).digest('hex').slice(0, 16);
}
