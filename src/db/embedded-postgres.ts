import { fork, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '../config/package-root.ts';
import { AppError } from '../errors/app-error.ts';
import {
  FOLDER_IS_LOCKED,
  readOwner,
  removeSocket,
  runningOwner,
  SOCKET,
  SOCKET_FOLDER,
} from './data-folder.ts';

/** A running embedded Postgres. `host` is the folder of its Unix socket, readable by this user alone. */
export type EmbeddedPostgres = { host: string; close(): Promise<void> };

const OPENING_MS = 30_000;
const LOOK_AGAIN_MS = 100;
/** Starting a process only to learn that the folder is still locked is dear. */
const LOOKS_BEFORE_TRYING = 10;

/**
 * Starts Postgres (PGlite with pgvector) on `dataDir` in a child process, or attaches to the one that another
 * Sallyport process runs on the same folder: two on one folder would destroy it.
 *
 * @throws AppError `conflict` when another process has it, and opens no Postgres for as long as `patienceMs`; Error when the
 * child cannot open the folder
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  patienceMs = OPENING_MS,
): Promise<EmbeddedPostgres> {
  const folder = resolve(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const ownerFile = join(folder, 'postgres.json');
  const deadline = Date.now() + patienceMs;
  for (let look = 0; ; look += 1) {
    const running = await runningOwner(ownerFile);
    if (running) return { host: running.host, close: async () => undefined };
    const started = look % LOOKS_BEFORE_TRYING === 0 && (await start(folder, ownerFile));
    if (started) return started;
    if (Date.now() > deadline)
      throw new AppError(
        'conflict',
        `Another process holds the data folder ${folder}: end it, or set DATA_DIR to another folder.`,
      );
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Undefined where another process has locked the folder. */
async function start(folder: string, ownerFile: string): Promise<EmbeddedPostgres | undefined> {
  const before = await readOwner(ownerFile);
  // Not in dataDir: a socket's path may have no more than about 100 characters.
  const host = await mkdtemp(join(tmpdir(), SOCKET_FOLDER));
  const child = fork(
    fileURLToPath(siblingModule(import.meta.url, './embedded-postgres-process')),
    [join(folder, 'postgres'), join(host, SOCKET), ownerFile],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: ['--disable-warning=ExperimentalWarning'] },
  );
  try {
    if (!(await hasStarted(child))) {
      await removeSocket(host);
      return undefined;
    }
  } catch (error) {
    await removeSocket(host);
    throw error;
  }
  if (before) await removeSocket(before.host);
  return {
    host,
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = new Promise((done) => child.once('exit', done));
        child.send('stop');
        await exited;
      }
      await removeSocket(host);
    },
  };
}

async function hasStarted(child: ChildProcess): Promise<boolean> {
  return new Promise<boolean>((tell, fail) => {
    child.once('message', () => tell(true));
    child.once('error', fail);
    child.once('exit', (code) => {
      if (code === FOLDER_IS_LOCKED) tell(false);
      else fail(new Error(`the embedded Postgres ended with code ${String(code)} before it was ready`));
    });
  });
}
