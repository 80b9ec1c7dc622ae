import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

// The child process of embedded-postgres.ts: Postgres itself would stall the server's event loop.
const [dataFolder, socketPath] = process.argv.slice(2) as [string, string];

const db = await PGlite.create({ dataDir: dataFolder, extensions: { vector } });
const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections: 16 });
await server.start();

const stop = async () => {
  await server.stop();
  await db.close();
  process.exit(0);
};
process.on('message', (message) => message === 'stop' && void stop());
// The parent died: nobody will ask again, and the data folder must be free for the next start.
process.on('disconnect', () => void stop());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.send?.('ready');
