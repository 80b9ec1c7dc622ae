-- Documents of one text share its chunks, each with groups and a life of its own; and what belongs to whose groups.
-- A server from before goes on working with all of it, but for what follows from sharing.

-- Whose chunks a document shares; null: it has its own, or none.
alter table documents add column chunks_of uuid references documents;
create index documents_by_chunks on documents (chunks_of, created_at, id) where chunks_of is not null;

-- The groups of the version that was accepted last, as long as it waits.
alter table documents add column accepted_groups text[];

-- The groups of the key that sent a job; none: a key that manages all of the tenant.
alter table jobs add column groups text[] not null default '{}';

-- Chunks may be read by whom any of their documents may be read by.
create function readers_of(holder uuid) returns text[] language sql stable
  set search_path = sallyport, public, pg_temp as $$
  with sharing as (
    select groups from documents where id = holder union all select groups from documents where chunks_of = holder
  )
  select case when exists (select from sharing where groups = '{}') then '{}'
              else array(select distinct unnest(groups) collate "C" from sharing order by 1) end
$$;
create function set_readers(holder uuid) returns void language plpgsql volatile
  set search_path = sallyport, public, pg_temp as $$
declare readers text[];
begin
  if not exists (select from chunks where document_id = holder) then return; end if;
  readers := readers_of(holder);
  update chunks set groups = readers where document_id = holder and groups <> readers;
  update chunk_embeddings set groups = readers where document_id = holder and groups <> readers;
end $$;

-- After a document is gone, or has another text, what others share of its chunks goes on to the one that has shared them
-- longest; and its readers are no longer theirs. Its name comes before those of the foreign keys, which remove what is left.
create function follow_documents() returns trigger language plpgsql security definer
  set search_path = sallyport, public, pg_temp as $$
declare heir uuid;
begin
  if tg_op = 'DELETE' or new.content_hash is distinct from old.content_hash or new.status <> 'indexed' or new.chunks_of is not null then
    select id into heir from documents where chunks_of = old.id order by created_at, id limit 1;
    if found then
      update chunks set document_id = heir where document_id = old.id;
      update chunk_embeddings set document_id = heir where document_id = old.id;
      update documents set chunks_of = nullif(heir, id) where chunks_of = old.id;
      perform set_readers(heir);
    end if;
  end if;
  if old.chunks_of is not null then perform set_readers(old.chunks_of); end if;
  if tg_op = 'UPDATE' then perform set_readers(coalesce(new.chunks_of, new.id)); end if;
  return null;
end $$;
create trigger "0_follow_documents" after delete or update of groups, chunks_of, content_hash, status on documents
  for each row execute function follow_documents();
revoke all on function follow_documents, set_readers from public;

-- Copies for other readers had chunks of their own: a caller who is one of both found the text twice.
with first as (
  select distinct on (tenant, content_hash) id, tenant, content_hash from documents
   where status = 'indexed' order by tenant, content_hash, created_at, id
)
update documents d set chunks_of = first.id from first
 where d.status = 'indexed' and d.tenant = first.tenant and d.content_hash = first.content_hash and d.id <> first.id;
delete from chunks c using documents d where d.id = c.document_id and d.chunks_of is not null;
update documents d set chunk_count = holder.chunk_count from documents holder
 where holder.id = d.chunks_of and d.chunk_count <> holder.chunk_count;

-- As before, but a filter means each document of a text: the chunks found are those that it has or shares.
create or replace function search_lexical(query_terms integer[], top integer, budget integer, filter_source text, filter_metadata jsonb)
  returns table (chunk_id bigint, score real) language plpgsql stable security definer rows 50
  set search_path = sallyport, public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  asking_tenant text := current_tenant();
  rare integer[];
  present integer[];
  idf sparsevec;
  allowed uuid[];
begin
  select array_agg(r.term) filter (where r.place = 1 or r.reach <= budget), array_agg(r.term),
         ('{' || string_agg(r.term || ':' || r.idf, ',') || '}/1000000000')::sparsevec
    into rare, present, idf
    from (
      select s.term, ln(1 + (t.chunks - s.chunks + 0.5::float8) / (s.chunks + 0.5::float8))::real as idf,
             sum(s.chunks) over (order by s.chunks, s.term) as reach, row_number() over (order by s.chunks, s.term) as place
        from tenant_statistics t, unnest(query_terms) asked (term),
             lateral (select * from term_statistics where tenant = asking_tenant and term = asked.term offset 0) s
       where t.tenant = asking_tenant
    ) r;
  if present is null then return; end if;
  if filter_source is null and filter_metadata is null then
    return query
      select best.id, (-best.distance)::real from (
        select c.id, c.weights <#> idf as distance from chunks c
         where c.terms && rare and c.tenant = asking_tenant and may_read(c.groups)
         order by distance, c.id limit top) best;
  else
    allowed := array(
      select coalesce(d.chunks_of, d.id) from documents d
       where d.tenant = asking_tenant and may_read(d.groups)
         and (filter_source is null or d.source = filter_source)
         and (filter_metadata is null or not exists (
           select from jsonb_each(filter_metadata) f where d.metadata -> f.key is distinct from f.value)));
    return query
      select best.id, (-best.distance)::real from (
        select c.id, c.weights <#> idf as distance from chunks c
         where c.document_id = any (allowed) and c.terms && present and c.tenant = asking_tenant and may_read(c.groups)
         order by distance, c.id limit top) best;
  end if;
end $$;
revoke all on function search_lexical from public;
