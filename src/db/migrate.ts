import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot, packageVersion } from '../config/package-root.ts';
import { AppError } from '../errors/app-error.ts';
import type { Database } from './database.ts';

const FOLDER = join(packageRoot, 'migrations');
/** Any fixed number: replicas that start together take turns on it. */
const LOCK = 7_255_601;

type Applied = { name: string; version: string | null };

/**
 * Brings the schema up to date: every file of `migrations/` once, in the order of its number, all in one transaction. Each is
 * recorded with the version that ran it: a database that a newer one of the same major version has changed is used as it is.
 *
 * @returns the names of the files that ran
 * @throws AppError `conflict` when the database was changed by another major version
 */
export async function migrate(db: Database): Promise<string[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  return db.asOwner(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(${LOCK})`);
    await tx.query('create schema if not exists sallyport');
    await tx.query(
      'create table if not exists sallyport.schema_migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    // Null: it ran before versions were recorded.
    await tx.query('alter table schema_migrations add column if not exists version text');
    const applied = await tx.query<Applied>('select name, version from schema_migrations order by name');
    const foreign = applied.find((one) => !files.includes(one.name) && !isOfThisMajor(one));
    if (foreign) throw ofAnotherMajor(foreign);
    const pending = files.filter((file) => !applied.some(({ name }) => name === file));
    for (const name of pending) {
      await tx.query(await readFile(join(FOLDER, name), 'utf8'));
      await tx.query('insert into schema_migrations (name, version) values ($1, $2)', [name, packageVersion]);
    }
    return pending;
  });
}

function isOfThisMajor({ version }: Applied): boolean {
  return version?.split('.')[0] === packageVersion.split('.')[0];
}

function ofAnotherMajor({ name, version }: Applied): AppError {
  return new AppError(
    'conflict',
    `The database was changed by Sallyport ${version ?? 'of an unknown version'} (${name}), which ${packageVersion} cannot use: ` +
      'start that version again, or restore the backup from before it.',
  );
}
