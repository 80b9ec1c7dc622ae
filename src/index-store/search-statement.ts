import { LARGEST_WEIGHT } from './terms.ts';

/** How the two legs' votes are weighed where both have one. */
const LEXICAL_SHARE = 0.6;
const DENSE_SHARE = 0.4;

const LEXICAL_ALONE = 'select chunk_id, score from lexical';

const dense = (dimensions: number) => `
  dense as materialized (
    select c.id as chunk_id, 1 - (c.embedding::halfvec(${dimensions}) <=> $8::halfvec(${dimensions})) as score
      from chunks c
     where $8::text is not null and c.embedder = $9 and vector_dims(c.embedding) = ${dimensions}
       and (($4::text is null and $5::jsonb is null) or c.document_id in (
         select d.id from documents d
          where ($4::text is null or d.source = $4)
            and ($5::jsonb is null or not exists (
              select from jsonb_each($5) f where d.metadata -> f.key is distinct from f.value))))
     order by c.embedding::halfvec(${dimensions}) <=> $8::halfvec(${dimensions})
     limit $6
  ),`;

const FUSED = `
    select chunk_id, case when $8::text is null then lexical.score
             else ${LEXICAL_SHARE} * coalesce(lexical.score, 0) + ${DENSE_SHARE} * greatest(coalesce(dense.score, 0), 0) end as score
      from lexical full join dense using (chunk_id)`;

/**
 * The one statement of retrieval: both legs, their fusion, the chunks' text and the statistics of the question's terms.
 *
 * Parameters: 1 terms, 2 top k, 3 candidate budget, 4 source, 5 metadata, 6 depth of a leg, 7 which word of the
 * question each term is a stem of, and with a dense leg 8 the question's embedding (null: lexical alone) and 9 the embedder's name. Row-level security
 * applies to every table named here; the function carries the same predicate inside.
 *
 * A lexical score is the share of what a chunk could score at most, words that no chunk has included: only so does a low
 * one say that the question is about something else.
 *
 * Each look-up by key is a lateral subquery with OFFSET 0, which the planner cannot turn into a join over the whole
 * table: a young database, and the embedded one, has no statistics that would tell it better.
 */
export function searchStatement(dimensions: number | undefined): string {
  return `
  with corpus as materialized (
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
  ),${dimensions === undefined ? '' : dense(dimensions)} best as materialized (
    select chunk_id, score from (${dimensions === undefined ? LEXICAL_ALONE : FUSED}) fused
     order by score desc, chunk_id limit $2::integer
  ), found as (
    select c.id, c.document_id as "documentId", d.title, d.source, c.heading_path as "headingPath", c.text,
           c.start_offset as start, c.end_offset as "end", least(1, greatest(0, best.score)) as score
      from best,
           lateral (select * from chunks where id = best.chunk_id offset 0) c,
           lateral (select title, source from documents where id = c.document_id offset 0) d
  )
  select (select total from corpus) as total,
         array(select language from tenant_languages order by language) as languages,
         coalesce((select jsonb_object_agg(term, chunks) from frequencies), '{}') as frequencies,
         coalesce((select jsonb_agg(to_jsonb(found) order by score desc, id) from found), '[]') as chunks`;
}
