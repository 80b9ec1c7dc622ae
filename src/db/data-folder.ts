import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { AppError } from '../errors/app-error.ts';

/** Who has a data folder: the server that opened it and, from the moment it runs, the Postgres that holds it. */
export type Owner = { pid: number; host: string; postgres?: number };

export const SOCKET = '.s.PGSQL.5432';
/** How the folder of the socket is called, wherever the system keeps temporary files. */
export const SOCKET_FOLDER = 'sallyport-socket-';

const OPENING_MS = 30_000;
const LOOK_AGAIN_MS = 100;

/**
 * Takes the folder by creating its owner file; returns the present owner if its Postgres answers. That of a server that
 * died may take a moment to end, and the number of a process that died may belong to another one by now.
 *
 * @throws AppError `conflict` when another process holds it, and opens no Postgres for as long as `patienceMs`
 */
export async function claimDataFolder(
  ownerFile: string,
  patienceMs = OPENING_MS,
): Promise<Owner | undefined> {
  const deadline = Date.now() + patienceMs;
  while (!(await create(ownerFile))) {
    const owner = await readOwner(ownerFile);
    const opening = owner?.postgres === undefined && owner?.pid !== process.pid && isAlive(owner?.pid);
    if (owner && !opening && !(await isPostgres(owner.postgres))) await forget(ownerFile, owner);
    else if (owner && isAlive(owner.pid) && (await answers(owner.host))) return owner;
    else if (Date.now() > deadline)
      throw new AppError('conflict', `Another process holds the data folder: ${ownerFile} names it.`);
    else await new Promise((wait) => setTimeout(wait, LOOK_AGAIN_MS));
  }
  return undefined;
}

/** Says which Postgres holds the folder now; readers see the old file or the new one. */
export async function nameOwner(ownerFile: string, owner: Owner): Promise<void> {
  await writeFile(`${ownerFile}.new`, JSON.stringify(owner), { mode: 0o600 });
  await rename(`${ownerFile}.new`, ownerFile);
}

/** Clears away what a process that was killed left behind. */
async function forget(ownerFile: string, { host }: Owner): Promise<void> {
  await rm(ownerFile, { force: true });
  if (basename(host).startsWith(SOCKET_FOLDER)) await rm(host, { recursive: true, force: true });
}

async function create(ownerFile: string): Promise<boolean> {
  try {
    await writeFile(ownerFile, JSON.stringify({ pid: process.pid, host: '' } satisfies Owner), {
      flag: 'wx',
      mode: 0o600,
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

async function readOwner(ownerFile: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(ownerFile, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether that process runs and, where the system tells what it runs, is an embedded Postgres. */
async function isPostgres(pid: number | undefined): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'embedded-postgres-process');
  return command.includes('embedded-postgres-process');
}

async function answers(host: string): Promise<boolean> {
  const socket = connect(join(host, SOCKET));
  return new Promise<boolean>((tell) => {
    socket.once('connect', () => tell(true)).once('error', () => tell(false));
  }).finally(() => socket.destroy());
}
