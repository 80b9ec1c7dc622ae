import { toSql } from 'pgvector';
import type { Transaction } from '../db/database.ts';
import type { ChunkedDocument } from './chunk-rows.ts';

export type ChunkOwner = { documentId: string; tenant: string; groups: readonly string[] };
export type Embedded = { embedder: string; vectors: Float32Array[] };

/** Replaces a document's chunks within the caller's transaction; the term statistics follow by themselves. */
export async function replaceChunks(
  tx: Transaction,
  owner: ChunkOwner,
  { rows, language }: ChunkedDocument,
  embedded: Embedded | undefined,
): Promise<void> {
  await tx.query('delete from chunks where document_id = $1', [owner.documentId]);
  await tx.query('insert into tenant_languages (tenant, language) values ($1, $2) on conflict do nothing', [
    owner.tenant,
    language,
  ]);
  await tx.query(
    `insert into chunks (tenant, groups, document_id, ordinal, heading_path, text, start_offset, end_offset, terms, weights, embedding, embedder)
     select $1, $2::text[], $3, c.ordinal, array(select jsonb_array_elements_text(c.heading_path::jsonb)), c.text, c.start_offset, c.end_offset,
            c.terms::integer[], c.weights::sparsevec, c.embedding::halfvec, $12
       from unnest($4::integer[], $5::text[], $6::text[], $7::integer[], $8::integer[], $9::text[], $10::text[], $11::text[])
            as c (ordinal, heading_path, text, start_offset, end_offset, terms, weights, embedding)`,
    [
      owner.tenant,
      owner.groups,
      owner.documentId,
      rows.map((row) => row.ordinal),
      rows.map((row) => JSON.stringify(row.headingPath)),
      rows.map((row) => row.text),
      rows.map((row) => row.start),
      rows.map((row) => row.end),
      rows.map((row) => row.terms),
      rows.map((row) => row.weights),
      rows.map((_, index) => (embedded ? (toSql([...embedded.vectors[index]!]) as string) : null)),
      embedded?.embedder ?? null,
    ],
  );
}
