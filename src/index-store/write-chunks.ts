import { toSql } from 'pgvector';
import type { Transaction } from '../db/database.ts';
import { CHUNKER } from '../documents/chunk-document.ts';
import type { ChunkedDocument } from './chunk-rows.ts';

export type ChunkOwner = { documentId: string; tenant: string };
export type Embedded = { embedder: string; vectors: Float32Array[] };

/**
 * Replaces a document's chunks within the caller's transaction; the term statistics follow by themselves. They may be
 * read by whom the document, or one that shares them, may be read by: those are as they should be by now.
 */
export async function replaceChunks(
  tx: Transaction,
  owner: ChunkOwner,
  { rows, language }: ChunkedDocument,
  embedded: Embedded | undefined,
): Promise<void> {
  const { tenant, documentId } = owner;
  await tx.query('delete from chunks where document_id = $1', [documentId]);
  await tx.query('insert into tenant_languages (tenant, language) values ($1, $2) on conflict do nothing', [
    tenant,
    language,
  ]);
  await tx.query(
    `insert into chunks (tenant, groups, document_id, chunker, ordinal, heading_path, text, start_offset, end_offset, terms, weights)
     select $1, readers.groups, $2, $3, c.ordinal, array(select jsonb_array_elements_text(c.heading_path::jsonb)), c.text, c.start_offset, c.end_offset,
            c.terms::integer[], c.weights::sparsevec
       from (select readers_of($2) as groups offset 0) readers,
            unnest($4::integer[], $5::text[], $6::text[], $7::integer[], $8::integer[], $9::text[], $10::text[])
            as c (ordinal, heading_path, text, start_offset, end_offset, terms, weights)`,
    [
      tenant,
      documentId,
      CHUNKER,
      rows.map((row) => row.ordinal),
      rows.map((row) => JSON.stringify(row.headingPath)),
      rows.map((row) => row.text),
      rows.map((row) => row.start),
      rows.map((row) => row.end),
      rows.map((row) => row.terms),
      rows.map((row) => row.weights),
    ],
  );
  if (!embedded) return;
  const stored = await tx.query<{ id: string }>(
    'select id from chunks where document_id = $1 order by ordinal',
    [documentId],
  );
  await addEmbeddings(
    tx,
    stored.map(({ id }) => id),
    embedded,
  );
}

/** Stores vectors of chunks, one an id in order; a chunk that is gone, or about to go, is passed over. */
export async function addEmbeddings(
  tx: Transaction,
  chunkIds: readonly string[],
  { embedder, vectors }: Embedded,
): Promise<void> {
  await tx.query(
    // Skipping what another transaction is replacing: waiting for it could end in a deadlock.
    `insert into chunk_embeddings (chunk_id, embedder, document_id, tenant, groups, embedding)
     select c.id, $1, c.document_id, c.tenant, c.groups, v.embedding::halfvec
       from unnest($2::bigint[], $3::text[]) as v (id, embedding), chunks c
      where c.id = v.id for key share of c skip locked
     on conflict do nothing`,
    [embedder, chunkIds, vectors.map((vector) => toSql([...vector]) as string)],
  );
}
