-- What a tenant may use, all its callers together. What is null here is as the settings say for every tenant.

create table tenant_limits (
  tenant text primary key,
  requests_per_minute integer check (requests_per_minute > 0),
  tokens_per_minute bigint check (tokens_per_minute > 0),
  budget_usd_per_day numeric check (budget_usd_per_day >= 0),
  budget_usd_per_month numeric check (budget_usd_per_month >= 0),
  set_by text not null,
  set_at timestamptz not null default now()
);

alter table tenant_limits enable row level security;
create policy own_rows on tenant_limits to sallyport_app using (tenant = current_tenant());
grant select, insert, update on tenant_limits to sallyport_app;
