import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../services/certificate.ts';
import type { SecretService } from './secret-service.ts';

export type TlsFolder = { folder: string; pem: string; tls: { key: string; cert: string }; certFile: string };

/** A folder of its own with a certificate for these names. */
export const makeTlsFolder = async (names?: string): Promise<TlsFolder> => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-secrets-'));
  const { certFile, keyFile, pem } = await makeCertificate(folder, names);
  return { folder, pem, certFile, tls: { key: await readFile(keyFile, 'utf8'), cert: pem } };
};

/** Listens on a free port; what it gives back ends every connection. */
export const listen = async (server: Server): Promise<{ port: number; stop: () => Promise<void> }> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};

/** What the three services share. */
export const createService = (
  { folder, pem, certFile }: TlsFolder,
  env: Record<string, string>,
  stop: () => Promise<unknown>,
): SecretService => ({
  env: { ...env, NODE_EXTRA_CA_CERTS: certFile },
  pem,
  secrets: new Map(),
  denied: new Set(),
  manners: 'answers',
  stop: async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  },
});

export const readBody = async (stream: AsyncIterable<unknown>): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
};
