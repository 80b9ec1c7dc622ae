import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.ts';
import type { Database } from './database.ts';

const FOLDER = join(packageRoot, 'migrations');
/** Any fixed number: replicas that start together take turns on it. */
const LOCK = 7_255_601;

/**
 * Brings the schema up to date: every file of `migrations/` once, in the order of its number, all in one transaction.
 *
 * @returns the names of the files that ran
 * @throws Error when the database was made by a newer Sallyport
 */
export async function migrate(db: Database): Promise<string[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  return db.asOwner(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(${LOCK})`);
    await tx.query('create schema if not exists sallyport');
    await tx.query(
      'create table if not exists sallyport.schema_migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    const applied = (await tx.query<{ name: string }>('select name from schema_migrations')).map(
      (row) => row.name,
    );
    const unknown = applied.find((name) => !files.includes(name));
    if (unknown)
      throw new Error(`the database has migration ${unknown}, which this version of Sallyport does not know`);
    const pending = files.filter((name) => !applied.includes(name));
    for (const name of pending) {
      await tx.query(await readFile(join(FOLDER, name), 'utf8'));
      await tx.query('insert into schema_migrations (name) values ($1)', [name]);
    }
    return pending;
  });
}
