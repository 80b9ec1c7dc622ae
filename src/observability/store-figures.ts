import type { Database } from '../db/database.ts';

export type StoreFigures = {
  queued: number;
  running: number;
  /** Exact up to ten thousand, from there on as Postgres estimates it. */
  documents: number;
  chunks: number;
  /** Of chunks and vectors, with their indexes. */
  bytes: number;
};

/** Whoever reads metrics has gone by then. */
const TIMEOUT_MS = 2_000;

/** What costs some milliseconds at any size: partial indexes, statistics that are kept anyway, sizes of files. */
const FIGURES = `
  select
    (select count(*) from jobs where status = 'queued')::float as queued,
    (select count(*) from jobs where status = 'running')::float as running,
    (select coalesce(sum(chunks), 0) from tenant_statistics)::float as chunks,
    (select case when counted < 10000 then counted
                 else greatest(counted, (select reltuples from pg_class where oid = 'documents'::regclass)) end
       from (select count(*) as counted from (select 1 from documents limit 10000) first) counted)::float as documents,
    (pg_total_relation_size('chunks') + pg_total_relation_size('chunk_embeddings'))::float as bytes`;

/**
 * Figures of every tenant's rows together.
 *
 * @throws AppError `unavailable` while the database cannot be reached
 */
export async function storeFigures(db: Database): Promise<StoreFigures> {
  return db.asOwner(async (tx) => {
    await tx.query(`set local statement_timeout = ${TIMEOUT_MS}`);
    const [figures] = await tx.query<StoreFigures>(FIGURES);
    return figures!;
  });
}
