import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { asOwner } from '../support/databases.ts';
import { describeWith } from '../support/describe-with.ts';
import { makeDatabase, type FreshDatabase } from '../support/fresh-database.ts';
import { eventually } from '../support/http.ts';
import { runSallyport } from '../support/run-sallyport.ts';

const PROCESSES = 10;

describeWith('TEST_DATABASE_URL', 'ten processes that start at once on a new database', (address) => {
  let database: FreshDatabase;
  let gate: pg.Client;
  beforeEach(async () => {
    database = await makeDatabase(address);
    gate = new pg.Client(database.url);
    await gate.connect();
  });
  afterEach(async () => {
    await gate.end();
    await database.drop();
  });

  /** They need unequally long to start: at the gate each waits until all are there. */
  const allAtTheGate = async () => {
    await gate.query('select pg_stat_clear_snapshot()'); // a transaction would be shown the same again and again
    const { rows } = await gate.query<{ waiting: number }>(
      `select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows[0]!.waiting === PROCESSES;
  };

  test('all succeed, and every migration runs once', async () => {
    const env = { DATABASE_URL: database.url };
    await gate.query('begin; create schema sallyport');
    // Whatever opens the database brings its schema up to date first, as a server does.
    const runs = Array.from({ length: PROCESSES }, () => runSallyport(['keys', 'list'], env));
    await eventually(allAtTheGate, { patienceMs: 45_000, what: 'the last of the processes' });
    await gate.query('rollback');
    const codes = await Promise.all(runs.map(({ ended }) => ended));
    expect(runs.map((run, place) => [codes[place], run.output()])).toEqual(
      runs.map(() => [0, expect.not.stringContaining('sallyport:')]),
    );
    const ran = await asOwner({ env }, (sql) =>
      sql<{ name: string; applied_at: Date }>('select name, applied_at from schema_migrations order by name'),
    );
    const files = readdirSync(join(import.meta.dirname, '..', '..', 'migrations')).sort();
    expect(ran.map(({ name }) => name)).toEqual(files);
    // One process ran them all, in one transaction: had two taken turns, there would be two times.
    expect(new Set(ran.map(({ applied_at }) => applied_at.getTime())).size).toBe(1);
  }, 100_000);
});
