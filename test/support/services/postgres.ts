import { execFile } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { leftOut, provided, type OwnService, type StartService } from './service.ts';
import { startProcess, type ServiceProcess } from './service-process.ts';
import { unprivilegedUser } from './unprivileged-user.ts';

const oldestPgvector = [0, 8] as const;
const recentEnough = (version: string | undefined): boolean => {
  const [major = 0, minor = 0] = (version ?? '0').split('.').map(Number);
  return major > oldestPgvector[0] || (major === oldestPgvector[0] && minor >= oldestPgvector[1]);
};

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
};
/** What a crash would lose is thrown away anyway, so nothing waits for the disk. */
const hasty = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export type PostgresOptions = {
  /** Whether it writes to the disk as it would in production. */
  durable?: boolean;
  /** Further settings of the server. */
  settings?: Record<string, string | number>;
};

const usable = ({ pgvector }: PostgresBinaries): boolean => recentEnough(pgvector);

/** Why this machine cannot run a Postgres of one's own; undefined where it can. */
export const lacksPostgres = (): string | undefined => {
  const installed = postgresBinaries();
  if (installed.length === 0) return 'not installed';
  if (installed.some(usable)) return undefined;
  return `pgvector ${oldestPgvector.join('.')} or later is not installed for it`;
};

/** A new PostgreSQL cluster with pgvector at hand, open to this machine alone; it has to be started. */
export const makePostgres = async (
  folder: string,
  { durable = false, settings: further = {} }: PostgresOptions = {},
): Promise<OwnService> => {
  const binaries = postgresBinaries().find(usable)!;
  const user = unprivilegedUser('postgres');
  const data = join(folder, 'postgres');
  mkdirSync(data, { mode: 0o700 });
  if (user) chownSync(data, user.uid, user.gid);
  await promisify(execFile)(
    join(binaries.folder, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, cwd: data },
  );

  const port = await freePort();
  const options = Object.entries({ ...settings, ...(durable ? {} : hasty), ...further }).flatMap(
    ([name, value]) => ['-c', `${name}=${value}`],
  );
  let running: ServiceProcess | undefined;
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    note: `PostgreSQL ${binaries.major} with pgvector ${binaries.pgvector!}`,
    start: async () => {
      running = await startProcess(
        join(binaries.folder, 'postgres'),
        ['-D', data, '-p', String(port), ...options],
        {
          user,
          isReady: (output) => output.includes('database system is ready to accept connections'),
          stopSignal: 'SIGINT', // Postgres's "fast": it does not wait for clients that forgot to disconnect
        },
      );
    },
    stop: async () => running?.stop(),
  };
};

/** The Postgres of a test run. */
export const startPostgres = async (
  folder: string,
  { durable = false }: { durable?: boolean } = {},
): ReturnType<StartService> => {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return provided('as TEST_DATABASE_URL says', { TEST_DATABASE_URL: given });
  const lacking = lacksPostgres();
  if (lacking !== undefined) return leftOut(lacking);
  const { url, note, start, stop } = await makePostgres(folder, { durable });
  await start();
  return { covered: true, note, env: { TEST_DATABASE_URL: url }, stop };
};
