import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join } from 'node:path';

/** Who has a data folder: the server that opened it, and its Postgres, whose socket is in the folder `host`. */
export type Owner = { pid: number; host: string; postgres: number };

export const SOCKET = '.s.PGSQL.5432';
/** How the folder of the socket is called, wherever the system keeps temporary files. */
export const SOCKET_FOLDER = 'sallyport-socket-';
/** With this a Postgres ends whose data folder another one has locked. */
export const FOLDER_IS_LOCKED = 75;

/** The owner whose Postgres can be used now; that of a server that died is about to end. */
export async function runningOwner(ownerFile: string): Promise<Owner | undefined> {
  const owner = await readOwner(ownerFile);
  return owner && isAlive(owner.pid) && (await answers(owner.host)) ? owner : undefined;
}

export async function readOwner(ownerFile: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(ownerFile, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** Says which Postgres has the folder; readers see the old file or the new one. Only for the one that has locked it. */
export async function nameOwner(ownerFile: string, owner: Owner): Promise<void> {
  await writeFile(`${ownerFile}.new`, JSON.stringify(owner), { mode: 0o600 });
  await rename(`${ownerFile}.new`, ownerFile);
}

/** Clears away the socket of a Postgres that was killed. */
export async function removeSocket(host: string): Promise<void> {
  if (basename(host).startsWith(SOCKET_FOLDER)) await rm(host, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function answers(host: string): Promise<boolean> {
  const socket = connect(join(host, SOCKET));
  return new Promise<boolean>((tell) => {
    socket.once('connect', () => tell(true)).once('error', () => tell(false));
  }).finally(() => socket.destroy());
}
