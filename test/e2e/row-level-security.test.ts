import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { asOwner, describeOnEveryDatabase, type Sql } from '../support/databases.ts';
import { eventually, get, ingest, post, send } from '../support/http.ts';
import { makeKey } from '../support/keys.ts';
import { startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

describeOnEveryDatabase('row-level security', (database) => {
  let provider: OpenAiServer;
  let server: RunningServer;
  let tables: string[];
  beforeAll(async () => {
    provider = await startOpenAiServer();
    const env = {
      ...JWT_ENV,
      ...provider.env,
      LLM_PROVIDER: 'extractive',
      EMBEDDING_PROVIDER: 'openai',
      AUDIT_CHECKPOINT_SECONDS: '1',
      ...(await database.env()),
    };
    server = await startServer({ env });
    for (const tenant of ['red', 'blue']) {
      const token = signToken({ tenant });
      await ingest(server, [{ text: `All that ${tenant} has.` }], { token });
      await ingest(server, [{ text: `What ${tenant} shows to few.`, groups: ['few'] }], { token });
      await post(server, '/query', { query: 'a' }, { token });
      await makeKey(server, { tenant });
      const limits = { json: { requests_per_minute: 1_000 } };
      expect((await send(server, 'PUT', `/admin/tenants/${tenant}/limits`, limits)).status).toBe(200);
      await post(server, '/query', { query: `What does ${tenant} have?` }, { token });
    }
    await get(server, '/admin/usage'); // whose answer counts all that was used before
    await eventually(async () => {
      const signed = await asOwner(server, (sql) => sql('select distinct tenant from audit_checkpoints'));
      return ['red', 'blue'].every((tenant) => signed.some((row) => row.tenant === tenant));
    });
    const rows = await asOwner(server, (sql) =>
      sql<{ name: string }>(
        `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant'
          where c.relnamespace = 'sallyport'::regnamespace and c.relkind in ('r', 'p') order by 1`,
      ),
    );
    tables = rows.map(({ name }) => name);
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  /** What a query of the application sees that forgot its WHERE. */
  const asApplication = <Result>(tenant: string | null, work: (sql: Sql) => Promise<Result>, groups = '{}') =>
    asOwner(server, async (sql) => {
      await sql('set local role sallyport_app');
      if (tenant !== null) await sql("select set_config('sallyport.tenant', $1, true)", [tenant]);
      await sql("select set_config('sallyport.groups', $1, true)", [groups]);
      return work(sql);
    });
  const tenantsIn = (table: string, tenant: string | null) =>
    asApplication(tenant, async (sql) =>
      (await sql<{ tenant: string }>(`select distinct tenant from ${table}`)).map((row) => row.tenant),
    );

  test('covers every table that has a tenant', async () => {
    expect(tables).toEqual(
      expect.arrayContaining([
        'api_keys',
        'audit_checkpoints',
        'audit_events',
        'chunk_embeddings',
        'chunks',
        'documents',
        'job_documents',
        'jobs',
        'term_statistics',
        'tenant_limits',
        'tenant_statistics',
        'usage_days',
      ]),
    );
    const open = await asOwner(server, (sql) =>
      sql('select relname from pg_class where oid = any ($1::regclass[]) and not relrowsecurity', [tables]),
    );
    expect(open).toEqual([]);
  });

  test('a forgotten WHERE shows a tenant its own rows, and no others', async () => {
    for (const table of tables) expect([table, await tenantsIn(table, 'red')]).toEqual([table, ['red']]);
  });

  test('a tenant without rows, and no tenant at all, see nothing', async () => {
    for (const table of tables)
      for (const tenant of ['green', '', null])
        expect([table, await tenantsIn(table, tenant)]).toEqual([table, []]);
  });

  test('rows with groups are shown to their members alone', async () => {
    for (const table of ['documents', 'chunks', 'chunk_embeddings']) {
      const count = (groups: string) =>
        asApplication('red', async (sql) => (await sql(`select from ${table}`)).length, groups);
      expect([await count('{}'), await count('{others}'), await count('{few}')]).toEqual([1, 1, 2]);
    }
  });

  test('a row of another tenant can be neither written, nor changed, nor removed', async () => {
    await expect(
      asApplication('red', (sql) =>
        sql("insert into documents (tenant, title, media_type) values ('blue', 'x', 'y')"),
      ),
    ).rejects.toThrow(/row-level security/);
    await expect(
      asApplication('red', (sql) => sql("update documents set tenant = 'blue' returning id")),
    ).rejects.toThrow(/row-level security/);
    const changed = await asApplication('red', (sql) =>
      sql("update documents set title = title where tenant = 'blue' returning id"),
    );
    const removed = await asApplication('red', (sql) =>
      sql("delete from chunks where tenant = 'blue' returning id"),
    );
    expect([changed, removed]).toEqual([[], []]);
  });

  test.each([
    ['rewrite the statistics', 'update term_statistics set chunks = 1'],
    ['change the schema', 'create table sallyport.mine (a int)'],
    ['drop a table', 'drop table chunks'],
    ['switch row-level security off', 'alter table chunks disable row level security'],
    ['remove a key', 'delete from api_keys'],
    ['change what is on record', 'update audit_events set event = event'],
    ['remove what is on record', 'delete from audit_events'],
    ['remove what was signed', 'delete from audit_checkpoints'],
    ['read the secret of the deployment', 'select secret from deployment_secret'],
    ['say who made the index', "update index_identity set embedder = 'mine'"],
    ['forget which migrations ran', 'delete from schema_migrations'],
  ])('the application’s role may not %s', async (_name, statement) => {
    await expect(asApplication('red', (sql) => sql(statement))).rejects.toThrow(
      /permission denied|must be owner/,
    );
  });

  describe('the lexical search, which looks past it for the sake of its index', () => {
    const find = (tenant: string | null, groups = '{}', source: string | null = null) =>
      asApplication(
        tenant,
        async (sql) => {
          const every = await sql<{ chunk_id: string }>(
            `select chunk_id from search_lexical((select array_agg(x) from unnest($1::int[]) x), 100, 3000, $2, null)`,
            [terms, source],
          );
          return every.length;
        },
        groups,
      );
    let terms: number[];
    beforeAll(async () => {
      const rows = await asOwner(server, (sql) =>
        sql<{ term: number }>('select distinct unnest(terms) as term from chunks'),
      );
      terms = rows.map(({ term }) => term);
    });

    test('finds nothing without a tenant, or for another, though asked with every term there is', async () => {
      expect([await find(null), await find(''), await find('green')]).toEqual([0, 0, 0]);
    });

    test('finds a tenant’s own, and what its groups may read', async () => {
      expect([await find('red'), await find('red', '{others}'), await find('red', '{few}')]).toEqual([
        1, 1, 2,
      ]);
    });
  });

  test('nobody but the application may run the functions that look past it', async () => {
    const rows = await asOwner(server, (sql) =>
      sql<{ name: string; path: string[] | null; open: boolean }>(
        `select p.proname as name, p.proconfig as path, coalesce(array_to_string(p.proacl, ','), '=X/') ~ '(^|,)=X/' as open
           from pg_proc p where p.pronamespace = 'sallyport'::regnamespace and p.prosecdef`,
      ),
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { name, path, open } of rows)
      expect({ name, open, path: path?.join() }).toEqual({
        name,
        open: false,
        path: expect.stringContaining('search_path='),
      });
  });
});
