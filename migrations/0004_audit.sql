-- What happened, in an order that can be proved: each tenant's events are a chain of hashes. Nobody but the owner of the
-- tables can change or remove what is here, and if the owner does, the chain and its signed checkpoints tell.

-- `event` is the canonical JSON (RFC 8785) whose bytes are hashed. What is searched is generated from it, so that there is
-- nothing else to tamper with.
create table audit_events (
  tenant text not null,
  seq bigint not null check (seq > 0),
  -- Of the record before it, as it was when this one was written: tells which of the two was changed since.
  previous bytea not null,
  hash bytea not null,
  event text not null,
  id uuid not null generated always as (((event::jsonb) ->> 'id')::uuid) stored,
  time text collate "C" not null generated always as ((event::jsonb) ->> 'time') stored,
  name text not null generated always as ((event::jsonb) ->> 'event') stored,
  action text not null generated always as ((event::jsonb) ->> 'action') stored,
  subject text generated always as ((event::jsonb) ->> 'subject') stored,
  primary key (tenant, seq)
);
create unique index audit_events_by_id on audit_events (id);
create index audit_events_by_time on audit_events (time desc, seq desc, id desc);
create index audit_events_of_tenant_by_time on audit_events (tenant, time desc, seq desc, id desc);
create index audit_events_by_subject on audit_events (subject, time desc, seq desc, id desc);

-- A checkpoint signs the end of a chain (`end`), or the last record that retention removed (`retention`); each names the
-- one before it.
create table audit_checkpoints (
  tenant text not null,
  number bigint not null check (number > 0),
  statement text not null,
  signature bytea not null,
  primary key (tenant, number)
);

alter table audit_events enable row level security;
alter table audit_checkpoints enable row level security;
create policy own_rows on audit_events for select to sallyport_app using (tenant = current_tenant() or of_every_tenant());
create policy own_rows on audit_checkpoints for select to sallyport_app using (tenant = current_tenant() or of_every_tenant());
-- One writer writes what happened in every tenant.
create policy any_row on audit_events for insert to sallyport_app with check (true);
create policy any_row on audit_checkpoints for insert to sallyport_app with check (true);
grant select, insert on audit_events, audit_checkpoints to sallyport_app;

-- Only one transaction at a time continues a tenant's chain; those of other tenants do not wait for it.
create function lock_audit_chain(chain text) returns void language sql volatile
  as $$ select pg_advisory_xact_lock(hashtextextended('sallyport.audit.' || chain, 0)) $$;

-- What a record's hash is made of: the hash before it, its place, and its text.
create function audit_hash(previous bytea, chain text, place bigint, event text) returns bytea language sql immutable parallel safe
  as $$ select sha256('\x01'::bytea || previous || int8send(place) || int4send(octet_length(convert_to(chain, 'UTF8')))
                      || convert_to(chain, 'UTF8') || convert_to(event, 'UTF8')) $$;

-- Appends events to the chains of their tenants, in the order given. With `again`, those that are there already are left
-- out: whoever tries again may not know that it was done. Each statement sees what was committed before it took its locks.
create function append_audit_events(tenants text[], texts text[], again boolean)
  returns table (place bigint, chain_hash bytea, event_text text) language plpgsql volatile as $$
declare
  chain text;
  one text;
  before bytea;
  ending bytea;
  last bigint;
begin
  for chain in select distinct t from unnest(tenants) t order by t loop
    perform lock_audit_chain(chain);
  end loop;
  for chain in select distinct t from unnest(tenants) t order by t loop
    select e.seq, e.hash into last, ending from audit_events e where e.tenant = chain order by e.seq desc limit 1;
    if not found then
      last := 0;
      ending := decode(repeat('00', 32), 'hex');
    end if;
    for one in select u.text from unnest(tenants, texts) with ordinality u(tenant, text, nth)
                where u.tenant = chain
                  and not (again and exists (select from audit_events e where e.id = ((u.text::jsonb) ->> 'id')::uuid))
                order by u.nth loop
      last := last + 1;
      before := ending;
      ending := audit_hash(before, chain, last, one);
      insert into audit_events (tenant, seq, previous, hash, event) values (chain, last, before, ending, one);
      place := last;
      chain_hash := ending;
      event_text := one;
      return next;
    end loop;
  end loop;
end $$;
revoke all on function lock_audit_chain, append_audit_events from public;
grant execute on function lock_audit_chain, append_audit_events to sallyport_app;
