-- Who may call (API keys), and what it cost (usage), by tenant. A key is kept as an HMAC: nobody can call with what is here.

create table api_keys (
  id text primary key,
  tenant text not null,
  name text not null,
  scopes text[] not null,
  groups text[] not null default '{}',
  mac bytea not null,
  -- Which pepper the MAC is made under.
  pepper_id text not null,
  -- Counts rotations: a token says for which secret it was issued, and ends with it.
  generation integer not null default 1,
  -- The secret before the last rotation, for as long as both are good.
  previous_mac bytea,
  previous_until timestamptz,
  requests_per_minute integer check (requests_per_minute > 0),
  budget_usd_per_day numeric check (budget_usd_per_day >= 0),
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_keys_by_age on api_keys (tenant, created_at desc, id desc);

-- One row for each day (UTC) and caller; `key_id` is '' for a caller by token.
create table usage_days (
  day date not null,
  tenant text not null,
  subject text not null,
  key_id text not null default '',
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  cost_nano_usd bigint not null,
  primary key (day, tenant, subject, key_id)
);

-- Random bytes that every process on this database shares; from them come the pepper of the keys and the signature of own
-- tokens, where the settings have none. The application's role cannot read it.
create table deployment_secret (
  only_row boolean primary key default true check (only_row),
  secret bytea not null
);

alter table api_keys enable row level security;
alter table usage_days enable row level security;
-- Keys and usage of every tenant are shown to a global key (SET LOCAL); documents never are.
create function of_every_tenant() returns boolean language sql stable parallel safe
  as $$ select coalesce(current_setting('sallyport.every_tenant', true), 'off') = 'on' $$;
create policy own_rows on api_keys to sallyport_app using (tenant = current_tenant() or of_every_tenant());
create policy own_rows on usage_days to sallyport_app using (tenant = current_tenant() or of_every_tenant());
grant select, insert, update on api_keys to sallyport_app;
grant select on usage_days to sallyport_app;

-- Authentication comes before any tenant is known: one row by its public id, and nothing that could list them.
create function find_api_key(key_id text) returns setof api_keys language sql stable
  security definer rows 1 set search_path = sallyport, public, pg_temp as $$ select * from api_keys where id = key_id $$;
-- When a key was used. Each process notes it once a minute; of many processes, few write.
create function touch_api_key(key_id text) returns void language sql volatile
  security definer set search_path = sallyport, public, pg_temp as $$
  update api_keys set last_used_at = now()
   where id = key_id and (last_used_at is null or last_used_at < now() - interval '50 seconds')
$$;
revoke all on function find_api_key, touch_api_key from public;
grant execute on function find_api_key, touch_api_key to sallyport_app;
