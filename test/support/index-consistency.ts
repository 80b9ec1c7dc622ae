import { expect } from '@jest/globals';
import { asOwner } from './databases.ts';

/** What the index says of itself must be what a recount of its rows says. */
export const expectConsistentIndex = async (server: { env: Record<string, string> }): Promise<void> => {
  const wrong = await asOwner(server, async (sql) => ({
    terms: await sql(
      `with counted as (select tenant, term, count(*)::int as chunks from chunks, unnest(terms) term group by 1, 2)
       select * from term_statistics s full join counted c using (tenant, term) where s.chunks is distinct from c.chunks`,
    ),
    chunks: await sql(
      `with counted as (select tenant, count(*) as chunks from chunks group by 1)
       select * from tenant_statistics s full join counted c using (tenant) where s.chunks <> coalesce(c.chunks, 0) or s.chunks is null`,
    ),
    documents: await sql(
      `select d.id, d.chunk_count, count(c.id)::int as chunks, max(c.ordinal) as last
         from documents d left join chunks c on c.document_id = coalesce(d.chunks_of, d.id) where d.status = 'indexed'
        group by d.id having count(c.id) <> d.chunk_count or max(c.ordinal) is distinct from d.chunk_count - 1`,
    ),
    texts: await sql(
      `select c.id from chunks c join documents d on c.document_id = coalesce(d.chunks_of, d.id)
        where d.tenant <> c.tenant or position(c.text in d.text) = 0 or d.status <> 'indexed'`,
    ),
    readers: await sql(
      `select c.id from chunks c join documents d on c.document_id = coalesce(d.chunks_of, d.id) group by c.id
       having c.groups is distinct from case when bool_or(d.groups = '{}') then '{}' else (
         select array_agg(distinct g collate "C" order by g collate "C") from documents s, unnest(s.groups) g
          where coalesce(s.chunks_of, s.id) = c.document_id) end`,
    ),
    holders: await sql(
      `select d.id from documents d join documents holder on holder.id = d.chunks_of
        where holder.chunks_of is not null or holder.content_hash is distinct from d.content_hash or holder.tenant <> d.tenant`,
    ),
    chunkers: await sql('select c.id from chunks c, index_identity i where c.chunker <> i.chunker'),
    vectors: await sql(
      `select c.id, e.chunk_id from chunks c cross join index_identity i
         full join chunk_embeddings e on e.chunk_id = c.id and e.embedder = i.embedder
        where (e.chunk_id is null) <> (i.embedder = 'none') or c.id is null or vector_dims(e.embedding) <> i.dimensions
           or e.document_id <> c.document_id or e.tenant <> c.tenant or e.groups <> c.groups`,
    ),
  }));
  expect(Object.entries(wrong).filter(([, rows]) => rows.length > 0)).toEqual([]);
};
