-- All chains that there are, each with the end that was last signed of it, under one signature: so a chain that is gone
-- with its checkpoints is missed. Only the newest list is kept, for it forgets no chain.
create table audit_chain_list (
  id int primary key default 1 check (id = 1),
  statement text not null,
  signature bytea not null
);
alter table audit_chain_list enable row level security;
create policy read_by_the_log on audit_chain_list for select to sallyport_app using (of_every_tenant());
grant select on audit_chain_list to sallyport_app;

-- Whoever adds checkpoints or a list holds this, so that their numbers follow each other.
create function lock_audit_checkpoints() returns void language sql volatile
  as $$ select pg_advisory_xact_lock(hashtextextended('sallyport.audit', 0)) $$;
revoke all on function lock_audit_checkpoints from public;
