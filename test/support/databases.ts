import { afterAll, describe } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describeWith } from './describe-with.ts';
import { prepareDataFolder } from './start-server.ts';

export type TestDatabase = {
  name: 'embedded Postgres' | 'Postgres server';
  /** Settings of a fresh, empty database; it is gone when the tests of this block are over. */
  env(): Promise<Record<string, string>>;
};

/** The same behaviour, the same tests: on the embedded database, and on a server where the test run has one. */
export const describeOnEveryDatabase = (title: string, tests: (database: TestDatabase) => void): void => {
  describe(`${title} (embedded Postgres)`, () => {
    const folders: string[] = [];
    tests({
      name: 'embedded Postgres',
      env: async () => {
        const folder = mkdtempSync(join(tmpdir(), 'sallyport-data-'));
        folders.push(folder);
        await prepareDataFolder(folder);
        return { DATA_DIR: folder };
      },
    });
    afterAll(() => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });
  });
  describeOnServer(title, tests);
};

/** For what no embedded database can be tested with, such as a process that is killed while another one goes on. */
export const describeOnServer = (title: string, tests: (database: TestDatabase) => void): void =>
  describeWith('TEST_DATABASE_URL', `${title} (Postgres server)`, (address) => {
    const names: string[] = [];
    tests({
      name: 'Postgres server',
      env: async () => {
        const name = `sallyport_${randomBytes(6).toString('hex')}`;
        await onServer(address, `create database ${name}`);
        names.push(name);
        const url = new URL(address);
        url.pathname = `/${name}`;
        return { DATABASE_URL: url.href };
      },
    });
    afterAll(async () => {
      for (const name of names) await onServer(address, `drop database if exists ${name} with (force)`);
    });
  });

const onServer = async (address: string, statement: string): Promise<void> => {
  const client = new pg.Client(address);
  await client.connect();
  await client.query(statement);
  await client.end();
};

export type Sql = <Row extends pg.QueryResultRow = Record<string, unknown>>(
  text: string,
  values?: unknown[],
) => Promise<Row[]>;

/**
 * Asks a server's database behind the server's back, as the owner of the tables, whom no row-level security binds. All in
 * one transaction, rolled back unless it ends well: the embedded Postgres has one session for everybody.
 */
export const asOwner = async <Result>(
  { env }: { env: Record<string, string> },
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> => {
  const client = new pg.Client(
    env.DATABASE_URL ?? { host: embeddedHost(env.DATA_DIR!), user: 'postgres', database: 'postgres' },
  );
  await client.connect();
  try {
    await client.query('begin; set local search_path = sallyport, public');
    const result = await work(
      async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
        (await client.query<Row>(text, values)).rows,
    );
    await client.query('commit');
    return result;
  } finally {
    await client.end();
  }
};

const embeddedHost = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, 'postgres.json'), 'utf8')) as { host: string }).host;
