import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

export async function listenOnLoopback(app: Express): Promise<string> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
