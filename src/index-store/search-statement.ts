import pg from 'pg';
import type { Embedder } from '../embedders/embedder.ts';
import { FUSION } from './fusion.ts';
import { embedderName } from './index-identity.ts';
import { LARGEST_WEIGHT, TERM_SPACE } from './terms.ts';

/** How the dense leg looks for its candidates: at every vector of the tenant or filter, or through the HNSW index. */
export type DenseSearch = 'exact' | 'nearest';

const LEXICAL_ALONE = `
  ranked as materialized (
    select chunk_id, score as lexical, null::float8 as dense, score from lexical
  ),`;

/** Whether a filter means a document. */
const MEANT = `($4::text is null or d.source = $4)
               and ($5::jsonb is null or not exists (
                 select from jsonb_each($5) f where d.metadata -> f.key is distinct from f.value))`;

/**
 * By document: those that hold the chunks of what is meant, each once, the few that share others' apart. Without the
 * index's own cast, which HNSW would answer to. The laterals with OFFSET 0 go by key whatever the planner believes.
 */
const exact = (embedder: string, depth: number) => `
    select e.chunk_id, e.score
      from (select d.id from documents d where d.chunks_of is null and ${MEANT}
            union all
            select shared.id
              from (select distinct d.chunks_of as id from documents d where d.chunks_of is not null and ${MEANT} offset 0) shared
             where not exists (select from documents d where d.id = shared.id and ${MEANT}) offset 0) d,
           lateral (select v.chunk_id, 1 - (v.embedding <=> $8::halfvec) as score from chunk_embeddings v
                     where v.document_id = d.id and v.embedder = ${embedder} offset 0) e
     where (select dense from index_now) and $8::halfvec is not null and e.score <> 'NaN'
     order by e.score desc, e.chunk_id limit ${depth}`;

const nearest = (embedder: string, depth: number, dimensions: number) => `
    select v.chunk_id, 1 - (v.embedding::halfvec(${dimensions}) <=> $8::halfvec) as score
      from chunk_embeddings v
     where v.embedder = ${embedder} and (select dense from index_now) and $8::halfvec is not null
     order by v.embedding::halfvec(${dimensions}) <=> $8::halfvec limit ${depth}`;

/** Both legs' candidates, each with both scores: not to be among a leg's best is not to score nothing. A vector of zeros is as far as NaN, which sorts first: it counts as none. */
const bothLegs = (candidates: string, embedder: string) => `
  question as materialized (
    select ('{' || string_agg(term || ':' || ln(1 + (total - chunks + 0.5::float8) / (chunks + 0.5::float8))::real, ',') || '}/${TERM_SPACE}')::sparsevec as idf
      from frequencies, corpus where chunks > 0
  ), dense as materialized (${candidates}
  ), scored as materialized (
    select chunk_id,
           coalesce(lexical.score, (
             select -(c.weights <#> (select idf from question)) / nullif((select score from ceiling), 0) from chunks c where c.id = chunk_id
           ), 0) as lexical,
           nullif(coalesce(dense.score, (
             select 1 - (v.embedding <=> $8::halfvec) from chunk_embeddings v
              where v.chunk_id = candidate.chunk_id and v.embedder = ${embedder} and (select dense from index_now)
           )), 'NaN') as dense
      from (select chunk_id from lexical union select chunk_id from dense) candidate
           left join lexical using (chunk_id) left join dense using (chunk_id)
  ),${FUSION}`;

/** Of the documents that have a text the one that is cited: the holder of its chunks, where it may be, else the oldest. */
const NAMED = `
        select id, title, source from (
          (select d.id, d.title, d.source, 1 as place from documents d where d.id = holder.id and ${MEANT})
          union all
          (select d.id, d.title, d.source, 2 from documents d where d.chunks_of = holder.id and ${MEANT}
            order by d.created_at, d.id limit 1)) meant
         order by place limit 1`;

/**
 * The one statement of retrieval: both legs, their fusion, the chunks' text and the statistics of the question's terms.
 *
 * Parameters: 1 terms, 2 top k, 3 candidate budget, 4 source, 5 metadata, 6 depth of a leg, 7 which word of the
 * question each term is a stem of, and with an embedder 8 the question's embedding (null: lexical alone). What the plan
 * depends on is written out: the embedder, which the HNSW index is of, and the depth of the dense leg. Row-level security
 * applies to every table named here; the function carries the same predicate inside.
 *
 * A lexical score is the share of what a chunk could score at most, words that no chunk has included: only so does a low
 * one say that the question is about something else. The dense score is the cosine, and there is none where the index
 * has become that of another embedder.
 *
 * Each look-up by key is a lateral subquery with OFFSET 0, which the planner cannot turn into a join over the whole
 * table: a young database, and the embedded one, has no statistics that would tell it better.
 */
export function searchStatement(embedder: Embedder | undefined, dense: DenseSearch, depth: number): string {
  const name = pg.escapeLiteral(embedderName(embedder));
  const candidates =
    embedder && (dense === 'exact' ? exact(name, depth) : nearest(name, depth, embedder.dimensions));
  return `
  with index_now as materialized (
    select embedder, embedder = ${name} as dense from index_identity where only_row
  ), corpus as materialized (
    select coalesce((select chunks from tenant_statistics where tenant = current_tenant()), 0) as total
  ), frequencies as materialized (
    select asked.term, asked.word, coalesce(s.chunks, 0) as chunks
      from unnest($1::integer[], $7::integer[]) asked (term, word) left join
           lateral (select s.chunks from term_statistics s where s.tenant = current_tenant() and s.term = asked.term offset 0) s on true
  ), ceiling as materialized (
    select ${LARGEST_WEIGHT} * sum(ln(1 + (total - chunks + 0.5::float8) / (chunks + 0.5::float8))) as score
      from (select max(chunks) as chunks from frequencies group by word) words, corpus
  ), lexical as materialized (
    select f.chunk_id, f.score / nullif((select score from ceiling), 0) as score
      from search_lexical($1::integer[], $6::integer, $3::integer, $4::text, $5::jsonb) f
  ),${candidates ? bothLegs(candidates, name) : LEXICAL_ALONE} best as materialized (
    select * from ranked order by score desc, chunk_id limit $2::integer
  ), best_chunks as materialized (
    select c.*, best.lexical, best.dense, best.score
      from best, lateral (select * from chunks where id = best.chunk_id offset 0) c
  ), named as materialized (
    select holder.id as holder, d.*
      from (select distinct document_id as id from best_chunks) holder, lateral (${NAMED} offset 0) d
  ), found as (
    select c.id, d.id as "documentId", d.title, d.source, c.heading_path as "headingPath", c.text,
           c.start_offset as start, c.end_offset as "end", c.lexical, c.dense, least(1, greatest(0, c.score)) as score
      from best_chunks c join named d on d.holder = c.document_id
  )
  select (select total from corpus)::integer as total,
         (select embedder from index_now) as embedder,
         array(select language from tenant_languages order by language) as languages,
         coalesce((select jsonb_object_agg(term, chunks) from frequencies), '{}') as frequencies,
         coalesce((select jsonb_agg(to_jsonb(found) order by score desc, id) from found), '[]') as chunks`;
}
