-- Documents, their chunks, the statistics that BM25 needs, and the jobs that make one of the other.
-- Every table that holds a tenant's rows is under row-level security from here on: a forgotten WHERE shows nothing.

create extension if not exists vector;

-- The role that every request runs as (SET LOCAL ROLE): it owns nothing, logs in nowhere and cannot pass by a policy.
-- Roles belong to the whole cluster: another database's migration may make it at the same moment, or an administrator
-- has made it and granted it for an owner who may not make roles.
do $$
begin
  if not exists (select from pg_roles where rolname = 'sallyport_app') then
    create role sallyport_app nologin nosuperuser nocreatedb nocreaterole nobypassrls;
  end if;
exception
  when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  if not pg_has_role(current_user, 'sallyport_app', 'member') then
    execute format('grant sallyport_app to %I', current_user);
  end if;
end $$;
grant usage on schema sallyport to sallyport_app;

-- Who asks, as authentication decided it (SET LOCAL); with nothing set, no row matches.
create function current_tenant() returns text language sql stable parallel safe
  as $$ select nullif(current_setting('sallyport.tenant', true), '') $$;
create function may_read(row_groups text[]) returns boolean language sql stable parallel safe
  as $$
    select row_groups = '{}'
      or coalesce(current_setting('sallyport.manage', true), 'off') = 'on'
      or row_groups && coalesce(nullif(current_setting('sallyport.groups', true), ''), '{}')::text[]
  $$;

create table documents (
  id uuid primary key default gen_random_uuid(),
  tenant text not null,
  source text,
  title text not null,
  media_type text not null,
  metadata jsonb not null default '{}',
  groups text[] not null default '{}',
  status text not null default 'pending' check (status in ('pending', 'indexed', 'failed', 'quarantined')),
  version integer not null default 0,
  content_hash bytea,
  language text,
  text text,
  blocks jsonb,
  chunk_count integer not null default 0,
  findings jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant, source)
);
create index documents_by_content on documents (tenant, content_hash);
create index documents_by_age on documents (tenant, created_at desc, id desc);

-- `terms` holds hashed stems, salted with the tenant (so one tenant's GIN entries never meet another's);
-- `weights` the same terms with their saturated BM25 weight: weights <#> idf is the BM25 score, negated.
create table chunks (
  id bigint primary key generated always as identity,
  tenant text not null,
  groups text[] not null,
  document_id uuid not null references documents on delete cascade,
  ordinal integer not null,
  heading_path text[] not null,
  text text not null,
  start_offset integer not null,
  end_offset integer not null,
  terms integer[] not null,
  weights sparsevec not null,
  embedding halfvec,
  embedder text,
  unique (document_id, ordinal)
);
-- A small pending list: every search reads it whole, and at its usual 4 MB that doubled what a question costs.
create index chunks_by_term on chunks using gin (terms) with (gin_pending_list_limit = 256);

create table term_statistics (
  tenant text not null,
  term integer not null,
  chunks integer not null,
  primary key (tenant, term)
) with (fillfactor = 80);

-- The languages a tenant's documents are in: a question is stemmed as each of them.
create table tenant_languages (
  tenant text not null,
  language text not null,
  primary key (tenant, language)
);

create table tenant_statistics (
  tenant text primary key,
  chunks bigint not null default 0
);

create table jobs (
  id uuid primary key default gen_random_uuid(),
  tenant text not null,
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed')),
  stage text not null default 'queued',
  done integer not null default 0,
  total integer not null,
  error jsonb,
  attempts integer not null default 0,
  run_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index jobs_to_run on jobs (run_at) where status in ('queued', 'running');

-- What a job has still to index: the extracted text waits here, so that a crash loses nothing.
create table job_documents (
  job_id uuid not null references jobs on delete cascade,
  ordinal integer not null,
  tenant text not null,
  document_id uuid not null,
  draft jsonb,
  text text,
  result jsonb,
  primary key (job_id, ordinal)
);

do $$
declare name text;
begin
  foreach name in array array['documents', 'chunks', 'jobs', 'job_documents', 'term_statistics', 'tenant_statistics', 'tenant_languages'] loop
    execute format('alter table %I enable row level security', name);
  end loop;
end $$;
create policy own_rows on documents to sallyport_app using (tenant = current_tenant() and may_read(groups));
create policy own_rows on chunks to sallyport_app using (tenant = current_tenant() and may_read(groups));
create policy own_rows on jobs to sallyport_app using (tenant = current_tenant());
create policy own_rows on job_documents to sallyport_app using (tenant = current_tenant());
create policy own_rows on term_statistics to sallyport_app using (tenant = current_tenant());
create policy own_rows on tenant_statistics to sallyport_app using (tenant = current_tenant());
create policy own_rows on tenant_languages to sallyport_app using (tenant = current_tenant());

grant select, insert, update, delete on documents, chunks, jobs, job_documents to sallyport_app;
grant select, insert on tenant_languages to sallyport_app;
grant select on term_statistics, tenant_statistics to sallyport_app;

-- The statistics follow the chunks whatever statement adds or removes them, a cascade included. One lock a tenant:
-- two writers that took the terms' rows in different orders would deadlock.
create function count_added_terms() returns trigger language plpgsql security definer
  set search_path = sallyport, public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('sallyport.terms ' || a.tenant, 0)) from (select distinct tenant from added) a;
  insert into term_statistics as s (tenant, term, chunks)
    select a.tenant, t.term, count(*) from added a, unnest(a.terms) t (term) group by 1, 2
    on conflict (tenant, term) do update set chunks = s.chunks + excluded.chunks;
  insert into tenant_statistics as s (tenant, chunks)
    select tenant, count(*) from added group by 1
    on conflict (tenant) do update set chunks = s.chunks + excluded.chunks;
  return null;
end $$;
create function count_removed_terms() returns trigger language plpgsql security definer
  set search_path = sallyport, public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('sallyport.terms ' || r.tenant, 0)) from (select distinct tenant from removed) r;
  update term_statistics s set chunks = s.chunks - n.chunks
    from (select r.tenant, t.term, count(*) as chunks from removed r, unnest(r.terms) t (term) group by 1, 2) n
    where s.tenant = n.tenant and s.term = n.term;
  delete from term_statistics s
    using (select distinct r.tenant, t.term from removed r, unnest(r.terms) t (term)) n
    where s.tenant = n.tenant and s.term = n.term and s.chunks <= 0;
  update tenant_statistics s set chunks = s.chunks - n.chunks
    from (select tenant, count(*) as chunks from removed group by 1) n where s.tenant = n.tenant;
  return null;
end $$;
create trigger count_added_terms after insert on chunks
  referencing new table as added for each statement execute function count_added_terms();
create trigger count_removed_terms after delete on chunks
  referencing old table as removed for each statement execute function count_removed_terms();

-- Takes the next job that is due (or whose worker has let its lease run out) for any tenant. It shows nothing but
-- the job's id and tenant: the worker then reads the job as that tenant.
create function claim_job(lease_seconds integer) returns table (job_id uuid, job_tenant text, job_attempts integer) language sql volatile
  security definer set search_path = sallyport, public, pg_temp as $$
  update jobs set status = 'running', attempts = attempts + 1, updated_at = now(),
    run_at = now() + make_interval(secs => lease_seconds)
  where id = (
    select id from jobs where status in ('queued', 'running') and run_at <= now()
    order by created_at limit 1 for update skip locked
  )
  returning id, tenant, attempts
$$;

-- The lexical leg: BM25 over the chunks that hold the question's rarest terms (enough of them that their document
-- frequencies add up to `budget` rows; at least one), or over all chunks of the filtered documents.
-- SECURITY DEFINER because under row-level security no index serves the array overlap (it is not leakproof):
-- the tenant and group predicates therefore stand inside, and must stay in every branch.
-- The inner selects have the distance as one column: written twice, it would be computed twice for every candidate.
create function search_lexical(query_terms integer[], top integer, budget integer, filter_source text, filter_metadata jsonb)
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
      select d.id from documents d
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
revoke all on function claim_job, search_lexical, count_added_terms, count_removed_terms from public;
grant execute on function claim_job, search_lexical to sallyport_app;
