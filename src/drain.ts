import type { Server } from 'node:http';
import { Server as TcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type DrainOptions = {
  /** How long requests are still taken, while whoever spreads them learns that this server is going. */
  delayMs: number;
  /** How long open requests may go on after that. */
  graceMs: number;
};

/** Longest wait for a turn of the event loop in which nobody connects. */
const QUIET_MS = 1_000;

/**
 * Stops a server so that a proxy in front of it loses no request: after the delay nobody can connect any more, and every answer
 * closes its connection. One that is idle stays for as long as the delay, for a request may just be coming on it: the proxy has
 * to let go of it first. What is open finishes or is cut off.
 */
export async function drain(server: Server, { delayMs, graceMs }: DrainOptions): Promise<void> {
  await sleep(delayMs);
  await nobodyConnects(server);
  // The listener alone: closing the HTTP server would break idle connections, too.
  const closed = new Promise((done) => TcpServer.prototype.close.call(server, done));
  server.prependListener('request', (_req, res) => {
    res.setHeader('Connection', 'close');
  });
  // After sockets have been read: a request that has arrived is not idle.
  const letGo = setTimeout(() => setImmediate(() => server.closeIdleConnections()), delayMs);
  const cutOff = setTimeout(() => server.closeAllConnections(), delayMs + graceMs);
  await closed;
  clearTimeout(letGo);
  clearTimeout(cutOff);
}

/** Each turn of the event loop takes one connection: those that still waited when the listener closes would be reset. */
async function nobodyConnects(server: Server): Promise<void> {
  const deadline = Date.now() + QUIET_MS;
  let connections = 0;
  const count = () => (connections += 1);
  server.on('connection', count);
  for (let before = -1; before < connections && Date.now() < deadline;) {
    before = connections;
    await new Promise((turn) => setImmediate(turn));
  }
  server.off('connection', count);
}
