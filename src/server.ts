import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.ts';
import { hasCredentials } from './auth/authenticator.ts';
import { compose, type Application } from './compose.ts';
import { loadSettings } from './config/load.ts';
import { ingestManual } from './manual.ts';
import { reasonOf } from './reason.ts';

/** Above nginx's idle time for upstream connections: the proxy closes first, so that no request meets a closing one. */
const KEEP_ALIVE_MS = 10_000;
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 120_000;

async function main(): Promise<void> {
  const settings = loadSettings();
  const application = await compose(settings);
  let draining = false;
  const server = createServer(createApp(application, { isDraining: () => draining }));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;

  const stop = async () => {
    if (draining) return;
    draining = true;
    await drain(server, settings.SHUTDOWN_GRACE_SECONDS * 1000);
    await application.close();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());

  // Whoever has set keys has documents of their own: the manual would only turn up among them.
  if (settings.NODE_ENV === 'development' && !hasCredentials(settings)) await ingestManual(application);
  await listen(server, settings.PORT, settings.HOST).catch(async (error: unknown) => {
    await application.close();
    throw error;
  });
  greet(application, server.address() as AddressInfo);
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((listening, fail) => {
    server.once('error', fail);
    server.listen(port, host, listening);
  });
}

/** Takes no new connections, lets open requests finish, and cuts off what is left after the grace. */
async function drain(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  server.closeIdleConnections();
  const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cutOff);
}

function greet({ settings, createdKey, redis }: Application, { address, port, family }: AddressInfo): void {
  const host = family === 'IPv6' ? `[${address}]` : address;
  const url = `http://${host}:${port}`;
  const lines = [`Sallyport listens on ${url} (answers: ${settings.LLM_PROVIDER}).`];
  if (settings.DATABASE_URL === undefined)
    lines.push(`Embedded Postgres in ${settings.DATA_DIR}; set DATABASE_URL for a server.`);
  if (!redis) lines.push('Rate limits are counted in this process alone; set REDIS_URL to share them.');
  if (createdKey !== undefined) {
    lines.push(
      '',
      `Your development key, shown this once: ${createdKey}`,
      '',
      'Ask your first question:',
      `  curl -s ${url}/query -H 'X-API-Key: ${createdKey}' -H 'Content-Type: application/json' \\`,
      `    -d '{"query": "Which file formats can I ingest?"}'`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`Sallyport cannot start: ${reasonOf(error)}\n`);
  process.exit(1);
});
