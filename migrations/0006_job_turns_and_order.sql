-- Versions have the order in which they were accepted, jobs are held by claims, and tenants take turns.
-- A server from before goes on working with all of it: see README.md, Upgrade.

-- `accepted` counts what was accepted for a document; `version` is the number of what is indexed. A later number stands
-- whichever was ready first.
alter table documents add column accepted integer not null default 0;
alter table job_documents add column version integer;

-- By a trigger, so that no way in can forget it. The document's row is locked from here on until the sender is answered.
create function number_version() returns trigger language plpgsql set search_path = sallyport, public, pg_temp as $$
begin
  update documents set accepted = greatest(accepted, version) + 1 where id = new.document_id
    returning accepted into new.version;
  return new;
end $$;
create trigger number_version before insert on job_documents
  for each row when (new.text is not null) execute function number_version();
revoke all on function number_version from public;

-- What waits already was accepted in the order of its jobs.
update job_documents w set version = n.version
  from (select j.job_id, j.ordinal, d.version + row_number() over (partition by j.document_id order by o.created_at, j.ordinal) as version
          from job_documents j join jobs o on o.id = j.job_id join documents d on d.id = j.document_id where j.text is not null) n
 where w.job_id = n.job_id and w.ordinal = n.ordinal;
update documents d set accepted = greatest(d.version, (select coalesce(max(version), 0) from job_documents where document_id = d.id));
create index job_documents_waiting on job_documents (document_id) where text is not null;

-- `claims` says whose a job is: every claim has a number of its own, and a worker writes only while that is the last.
-- `largest` is the size of its largest text in bytes.
alter table jobs add column claims integer not null default 0;
alter table jobs add column largest integer not null default 2147483647;
update jobs j set largest = coalesce((select max(octet_length(text)) from job_documents where job_id = j.id), 0)
 where status in ('queued', 'running');
drop index jobs_to_run;
create index jobs_open on jobs (tenant, created_at) where status in ('queued', 'running');

-- When each tenant had its last turn.
create table ingest_turns (
  tenant text primary key,
  taken_at timestamptz not null
);
alter table ingest_turns enable row level security;
create policy own_rows on ingest_turns to sallyport_app using (tenant = current_tenant());
grant select on ingest_turns to sallyport_app;

-- The next job that is due and has no larger text, of the tenant whose last turn is the longest ago. Jobs whose worker has
-- let its lease run out are due as well; all only for a worker that makes such rows as the index has.
create function claim_job(lease_seconds float8, own_embedder text, own_chunker text, largest_text integer)
  returns table (job_id uuid, job_tenant text, job_attempts integer, job_claim integer) language plpgsql volatile
  security definer set search_path = sallyport, public, pg_temp as $$
declare
  turn text;
begin
  if not exists (select from index_identity i where i.embedder = own_embedder and i.chunker = own_chunker) then return; end if;
  for turn in
    with recursive waiting (tenant) as (
      select min(tenant) from jobs where status in ('queued', 'running')
      union all
      select (select min(j.tenant) from jobs j where j.status in ('queued', 'running') and j.tenant > w.tenant)
        from waiting w where w.tenant is not null
    )
    select w.tenant from waiting w left join ingest_turns t using (tenant)
     where w.tenant is not null order by t.taken_at nulls first, w.tenant
  loop
    update jobs set status = 'running', attempts = attempts + 1, claims = claims + 1, updated_at = now(),
      run_at = now() + make_interval(secs => lease_seconds)
    where id = (
      select id from jobs where tenant = turn and status in ('queued', 'running') and run_at <= now() and largest <= largest_text
      order by created_at, id limit 1 for update skip locked
    )
    returning id, tenant, attempts, claims into job_id, job_tenant, job_attempts, job_claim;
    if found then
      insert into ingest_turns (tenant, taken_at) values (turn, clock_timestamp())
        on conflict (tenant) do update set taken_at = excluded.taken_at;
      return next;
      return;
    end if;
  end loop;
end $$;

-- For a server from before: in turn, too, and with a claim that ends an earlier worker's.
create or replace function claim_job(lease_seconds integer, own_embedder text, own_chunker text)
  returns table (job_id uuid, job_tenant text, job_attempts integer) language sql volatile
  security definer set search_path = sallyport, public, pg_temp as $$
  select c.job_id, c.job_tenant, c.job_attempts
    from claim_job(lease_seconds::float8, own_embedder, own_chunker, 2147483647) c
$$;
revoke all on function claim_job(float8, text, text, integer) from public;
grant execute on function claim_job(float8, text, text, integer) to sallyport_app;
