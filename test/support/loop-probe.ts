import { Agent, get as httpGet } from 'node:http';
import { createConnection } from 'node:net';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RunningServer } from './start-server.ts';

/** How long an event loop was held, at the most, in milliseconds. */
export type LoopHold = {
  /** Of the processor's time: on a busy machine, too, what the server's own code took. */
  processorMs: number;
  /** As a caller saw it: the slowest `/health` over a connection that was open already. */
  healthMs: number;
};

const PROBE_EVERY_MS = 5;

/** Settings for a server whose event loop is to be watched. */
export const watchedLoop = (): Record<string, string> => ({
  LOOP_SOCKET: join(mkdtempSync(join(tmpdir(), 'sallyport-loop-')), 'loop.sock'),
  NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'watch-loop.ts')).href}`,
});

/** Does `work`, and says for how long the server's event loop was held meanwhile. */
export const holdDuring = async (server: RunningServer, work: () => Promise<unknown>): Promise<LoopHold> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const probe = () =>
    new Promise<number>((resolve, reject) => {
      const from = performance.now();
      httpGet(`${server.url}/health`, { agent }, (response) => {
        response.resume().once('end', () => resolve(performance.now() - from));
      }).once('error', reject);
    });
  await probe();
  await readHold(server);
  const over = new AbortController();
  let healthMs = 0;
  const probing = (async () => {
    while (!over.signal.aborted) {
      healthMs = Math.max(healthMs, await probe());
      await new Promise((resume) => setTimeout(resume, PROBE_EVERY_MS));
    }
  })();
  try {
    await work();
  } finally {
    over.abort();
    await probing;
    agent.destroy();
  }
  return { processorMs: await readHold(server), healthMs };
};

const readHold = async ({ env }: RunningServer): Promise<number> => {
  let told = '';
  for await (const piece of createConnection(env.LOOP_SOCKET!)) told += String(piece);
  return Number(told);
};
