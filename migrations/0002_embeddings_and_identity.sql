-- Vectors in a table of their own, so that those of a new embedder can be made beside those in use; and what made the index.

alter table chunks add column chunker text not null default 'blocks/800';
alter table chunks alter column chunker drop default;

create table chunk_embeddings (
  chunk_id bigint not null references chunks on delete cascade,
  embedder text not null,
  document_id uuid not null,
  tenant text not null,
  groups text[] not null,
  embedding halfvec not null,
  primary key (chunk_id, embedder)
);
-- The exact search goes by document. An index on the tenant would keep the planner from the HNSW index of a large one.
create index chunk_embeddings_by_document on chunk_embeddings (document_id);
insert into chunk_embeddings (chunk_id, embedder, document_id, tenant, groups, embedding)
  select id, embedder, document_id, tenant, groups, embedding from chunks where embedding is not null;

alter table chunk_embeddings enable row level security;
create policy own_rows on chunk_embeddings to sallyport_app using (tenant = current_tenant() and may_read(groups));
grant select, insert, update, delete on chunk_embeddings to sallyport_app;

-- Who made the rows that are searched: one row, or none before the first start. The embedder is 'none' where there is none.
create table index_identity (
  only_row boolean primary key default true check (only_row),
  embedder text not null,
  dimensions integer,
  chunker text not null
);
insert into index_identity (embedder, dimensions, chunker)
  select coalesce(embedder, 'none'), max(vector_dims(embedding)), 'blocks/800'
    from chunks group by embedder order by count(*) desc limit 1;
grant select on index_identity to sallyport_app;

-- Their HNSW indexes go with the columns.
alter table chunks drop column embedding, drop column embedder;

-- As before, but a job is only for a worker that makes such rows as the index has.
drop function claim_job(integer);
create function claim_job(lease_seconds integer, own_embedder text, own_chunker text)
  returns table (job_id uuid, job_tenant text, job_attempts integer) language sql volatile
  security definer set search_path = sallyport, public, pg_temp as $$
  update jobs set status = 'running', attempts = attempts + 1, updated_at = now(),
    run_at = now() + make_interval(secs => lease_seconds)
  where id = (
    select id from jobs where status in ('queued', 'running') and run_at <= now()
       and exists (select from index_identity i where i.embedder = own_embedder and i.chunker = own_chunker)
    order by created_at limit 1 for update skip locked
  )
  returning id, tenant, attempts
$$;
revoke all on function claim_job from public;
grant execute on function claim_job to sallyport_app;
