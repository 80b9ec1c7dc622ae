import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { FOLDER_IS_LOCKED, nameOwner } from './data-folder.ts';
import { lockFile } from './file-lock.ts';

// The child process of embedded-postgres.ts: Postgres itself would stall the server's event loop.
const [dataFolder, socketPath, ownerFile] = process.argv.slice(2) as [string, string, string];

// Two on one folder would destroy it. The lock ends with this process, and nothing is done to the folder or the owner's file without it.
if (!lockFile(`${dataFolder}.lock`)) process.exit(FOLDER_IS_LOCKED);

const pid = process.ppid;
const db = await PGlite.create({ dataDir: dataFolder, extensions: { vector } });
const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections: 16 });
await server.start();
await nameOwner(ownerFile, { pid, host: dirname(socketPath), postgres: process.pid });

const stop = async () => {
  await rm(ownerFile, { force: true });
  await server.stop();
  await db.close();
  process.exit(0);
};
process.on('message', (message) => message === 'stop' && void stop());
// The parent died: nobody will ask again, and the data folder must be free for the next start.
process.on('disconnect', () => void stop());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
if (process.connected) process.send?.('ready');
else void stop();
