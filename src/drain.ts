import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export type DrainOptions = {
  /** How long requests are still taken, while whoever spreads them learns that this server is going. */
  delayMs: number;
  /** How long open requests may go on after that. */
  graceMs: number;
};

/**
 * Stops a server so that a proxy in front of it loses no request: every answer closes its connection, so that after the
 * delay none is idle on which a request may just be coming; then nothing new is taken, and what is open finishes or is cut off.
 */
export async function drain(server: Server, { delayMs, graceMs }: DrainOptions): Promise<void> {
  server.prependListener('request', (_req, res) => {
    res.setHeader('Connection', 'close');
  });
  await sleep(delayMs);
  // Right after connections were taken in: one that still waited would be reset.
  await new Promise((taken) => setImmediate(taken));
  const closed = new Promise((done) => server.close(done));
  const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cutOff);
}
