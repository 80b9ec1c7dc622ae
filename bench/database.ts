import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/db/embedded-postgres.ts';
import { postmasterOf } from './cpu-time.ts';
import { startPostgres } from '../test/support/services/postgres.ts';

/** A database that the bench may fill and throw away. */
export type BenchDatabase = {
  /** What Sallyport is told. */
  settings: Record<string, string>;
  /** The same for a pool of pg's. */
  pool: pg.PoolConfig;
  /** For `--database`; undefined where there is nothing to come back to. */
  name: string | undefined;
  version: string;
  /** Its process, where it is on this machine. */
  postmaster: number | undefined;
  close(): Promise<void>;
};

/** Of the given server, else of one started here for the run, else embedded. */
export async function openBenchDatabase(
  known: string | undefined,
  keep: boolean,
  { durable = false }: { durable?: boolean } = {},
): Promise<BenchDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  chmodSync(folder, 0o711); // Postgres runs as a user of its own and must reach its folder in it
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const given = process.env.DATABASE_URL;
  if (given) return onServer(given, 'given by DATABASE_URL', known, keep, async () => remove());
  const started = await startPostgres(folder, { durable });
  if (started.covered) {
    const stop = async () => {
      await started.stop();
      remove();
    };
    const note = `started for this run, fsync ${durable ? 'on' : 'off'}`;
    return onServer(started.env.TEST_DATABASE_URL!, note, undefined, false, stop);
  }
  const embedded = await startEmbeddedPostgres(folder);
  const pool = { host: embedded.host, user: 'postgres', database: 'postgres', max: 1 };
  return {
    settings: { DATA_DIR: folder },
    pool,
    name: undefined,
    version: `${(await look(pool)).version}, embedded: one backend, far slower (no server: ${started.reason})`,
    postmaster: undefined,
    close: async () => {
      await embedded.close();
      remove();
    },
  };
}

async function onServer(
  server: string,
  note: string,
  known: string | undefined,
  keep: boolean,
  stop: () => Promise<void>,
): Promise<BenchDatabase> {
  const name = known ?? `sallyport_bench_${randomBytes(4).toString('hex')}`;
  if (known === undefined) await ask({ connectionString: server }, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = { connectionString: url.href, max: 10 };
  await ask(pool, 'create extension if not exists vector');
  const { version, postmaster } = await look(pool);
  return {
    settings: { DATABASE_URL: url.href, DATABASE_POOL_SIZE: '10' },
    pool,
    name,
    version: `${version}, ${note}`,
    postmaster: isLoopback(url) ? postmaster : undefined,
    close: async () => {
      if (!keep && known === undefined)
        await ask({ connectionString: server }, `drop database ${name} with (force)`);
      await stop();
    },
  };
}

async function look(config: pg.PoolConfig): Promise<{ version: string; postmaster: number | undefined }> {
  return connected(config, async (client) => {
    const { rows } = await client.query<{ postgres: string; pgvector: string; backend: number }>(
      `select split_part(version(), ' ', 2) as postgres, pg_backend_pid() as backend,
              (select default_version from pg_available_extensions where name = 'vector') as pgvector`,
    );
    const { postgres, pgvector, backend } = rows[0]!;
    return { version: `Postgres ${postgres}, pgvector ${pgvector}`, postmaster: postmasterOf(backend) };
  });
}

/** One statement on a connection of its own. */
export async function ask<Row extends pg.QueryResultRow>(
  config: pg.PoolConfig,
  text: string,
): Promise<Row[]> {
  return connected(config, async (client) => (await client.query<Row>(text)).rows);
}

async function connected<Result>(
  { max: _max, ...config }: pg.PoolConfig,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function isLoopback({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
