import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findBinary, isExecutable } from './find-binary.ts';

export type PostgresBinaries = { folder: string; major: number; pgvector: string | undefined };

const major = (folder: string): number =>
  parseInt(
    /\d+/.exec(execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' }))?.[0] ?? '0',
  );

/** Read from the extension's control file: a server need not be started to know. */
const pgvectorVersion = (folder: string): string | undefined => {
  try {
    const shared = execFileSync(join(folder, 'pg_config'), ['--sharedir'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    const control = readFileSync(join(shared.trim(), 'extension', 'vector.control'), 'utf8');
    return /default_version = '(.+?)'/.exec(control)?.[1];
  } catch {
    return undefined;
  }
};

/** Every PostgreSQL server of this machine, the newest first. */
export const postgresBinaries = (): PostgresBinaries[] => {
  const inPath = findBinary('postgres');
  const folders = [
    ...globSync('/usr/lib/postgresql/*/bin'),
    ...(inPath ? [dirname(realpathSync(inPath))] : []),
  ];
  return [...new Set(folders)]
    .filter((folder) => isExecutable(join(folder, 'postgres')) && isExecutable(join(folder, 'initdb')))
    .map((folder) => ({ folder, major: major(folder), pgvector: pgvectorVersion(folder) }))
    .sort((a, b) => b.major - a.major);
};
