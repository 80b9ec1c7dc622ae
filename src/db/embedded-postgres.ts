import { fork, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '../config/package-root.ts';
import { claimDataFolder, nameOwner, SOCKET, SOCKET_FOLDER } from './data-folder.ts';

/** A running embedded Postgres. `host` is the folder of its Unix socket, readable by this user alone. */
export type EmbeddedPostgres = { host: string; close(): Promise<void> };

/**
 * Starts Postgres (PGlite with pgvector) on `dataDir` in a child process, or attaches to the one that another
 * Sallyport process runs on the same folder: two on one folder would destroy it.
 *
 * @throws Error when the child cannot open the folder
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const folder = resolve(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const ownerFile = join(folder, 'postgres.json');
  const running = await claimDataFolder(ownerFile);
  if (running) return { host: running.host, close: async () => undefined };

  // Not in dataDir: a socket's path may have no more than about 100 characters.
  const host = await mkdtemp(join(tmpdir(), SOCKET_FOLDER));
  const clean = async () => {
    await rm(host, { recursive: true, force: true });
    await rm(ownerFile, { force: true });
  };
  const child = fork(
    fileURLToPath(siblingModule(import.meta.url, './embedded-postgres-process')),
    [join(folder, 'postgres'), join(host, SOCKET)],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: ['--disable-warning=ExperimentalWarning'] },
  );
  try {
    await nameOwner(ownerFile, {
      pid: process.pid,
      host,
      ...(child.pid === undefined ? {} : { postgres: child.pid }),
    });
    await started(child);
  } catch (error) {
    await clean();
    throw error;
  }
  return {
    host,
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = new Promise((done) => child.once('exit', done));
        child.send('stop');
        await exited;
      }
      await clean();
    },
  };
}

async function started(child: ChildProcess): Promise<void> {
  await new Promise<void>((ready, fail) => {
    child.once('message', () => ready());
    child.once('error', fail);
    child.once('exit', (code) =>
      fail(new Error(`the embedded Postgres ended with code ${String(code)} before it was ready`)),
    );
  });
}
