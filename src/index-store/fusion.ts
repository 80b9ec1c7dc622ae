/**
 * What a chunk's meaning counts for beside its words, and what the chunks beside it count for.
 *
 * Measured on the development sets, of which the shipped embedder has learned nothing (recall@5 of chunking_eval, mean and
 * its corpus that words find best; nDCG@10 of cisi, squad2): words alone 0.925, 0.941; 0.298, 0.914. A dense share of
 * 0.2 / 0.3 / 0.4 / 0.5 makes that 0.933 / 0.926 / 0.933 / 0.918, 0.936 / 0.925 / 0.926 / 0.904; 0.366 / 0.386 / 0.398 /
 * 0.397, 0.921 / 0.922 / 0.918 / 0.913. With neighbours, 0.25 and 0.3 make it 0.945, 0.941; 0.381, 0.922, and any pair from
 * 0.2 to 0.3 and 0.3 to 0.4 is within 0.006 of that. Lexical scores divided by the question's best instead of by the most
 * possible, raw ones, and a plain bonus for neighbours did worse.
 */
const DENSE_SHARE = 0.25;
const NEIGHBOUR_SHARE = 0.3;

/** A chunk without a vector, whatever the reason, counts by its words alone. */
const OWN_SCORE = `case when dense is null then lexical
            else ${1 - DENSE_SHARE} * lexical + ${DENSE_SHARE} * greatest(dense, 0) end`;

/**
 * From `scored` (chunk_id, lexical, dense) to `ranked` (chunk_id, lexical, dense, score): a weighted mean of a chunk's own
 * score and those of the chunks before and after it, since an answer often goes on where a chunk ends. A neighbour that
 * is no candidate counts as 0; one that does not exist does not count.
 */
export const FUSION = `
  own as materialized (
    select s.chunk_id, s.lexical, s.dense, ${OWN_SCORE} as score, c.document_id, c.ordinal, l.last
      from scored s,
           lateral (select document_id, ordinal from chunks where id = s.chunk_id offset 0) c,
           lateral (select ordinal as last from chunks where document_id = c.document_id order by ordinal desc limit 1) l
  ), beside as (
    select *, case when lag(ordinal) over place = ordinal - 1 then lag(score) over place else 0 end as before,
           case when lead(ordinal) over place = ordinal + 1 then lead(score) over place else 0 end as after
      from own window place as (partition by document_id order by ordinal)
  ), ranked as materialized (
    select chunk_id, lexical, dense,
           (score + ${NEIGHBOUR_SHARE / 2} * (before + after))
             / (1 + ${NEIGHBOUR_SHARE / 2} * ((ordinal > 0)::integer + (ordinal < last)::integer)) as score
      from beside
  ),`;
