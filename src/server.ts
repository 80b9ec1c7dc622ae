import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.ts';
import { hasCredentials } from './auth/authenticator.ts';
import { LONGEST_TOKEN } from './auth/token-header.ts';
import { compose, type Application } from './compose.ts';
import { drain } from './drain.ts';
import { ingestManual } from './manual.ts';
import { reasonOf } from './reason.ts';
import { openSettings } from './secrets/open-settings.ts';

/** Above nginx's idle time for upstream connections: the proxy closes first, so that no request meets a closing one. */
const KEEP_ALIVE_MS = 10_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** How often requests that arrive too slowly are looked for; Node's own half minute would be added to every time-out. */
const LOOK_FOR_SLOW_MS = 1_000;
/** The longest token that is read, and as much again for the other headers. */
const MOST_HEADER_BYTES = 2 * LONGEST_TOKEN;

async function main(): Promise<void> {
  const { settings, read, close: closeSource } = await openSettings();
  const application = await compose(settings, { read });
  let draining = false;
  const server = createServer(
    { connectionsCheckingInterval: LOOK_FOR_SLOW_MS, maxHeaderSize: MOST_HEADER_BYTES },
    createApp(application, { isDraining: () => draining }),
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = settings.REQUEST_TIMEOUT_SECONDS * 1_000;
  server.headersTimeout = Math.min(HEADERS_TIMEOUT_MS, server.requestTimeout);

  const fail = (error: unknown) => {
    // Logged, not thrown: a stack trace begins with a message, which may quote what must not be printed.
    application.logger.error('the server ends by a failure that nobody caught', { error });
    process.exit(1);
  };
  const stop = async () => {
    // Whoever asks twice does not want to wait.
    if (draining) process.exit(1);
    draining = true;
    await drain(server, {
      delayMs: settings.SHUTDOWN_DELAY_SECONDS * 1000,
      graceMs: settings.SHUTDOWN_GRACE_SECONDS * 1000,
    });
    await application.close();
    await closeSource();
    process.exit(0);
  };
  process.on('uncaughtException', fail);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop().catch(fail));
  process.on('SIGHUP', () => void application.rotation.reload('signal').catch(() => undefined));

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

function greet({ settings, createdKey, redis }: Application, { address, port, family }: AddressInfo): void {
  const host = family === 'IPv6' ? `[${address}]` : address;
  const url = `http://${host}:${port}`;
  const lines = [`Sallyport listens on ${url} (answers: ${settings.LLM_PROVIDER}).`];
  if (settings.DATABASE_URL.reveal() === undefined)
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
