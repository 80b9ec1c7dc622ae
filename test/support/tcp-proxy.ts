import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between Sallyport and a store, so that a test can take the store away and give it back. */
export type TcpProxy = {
  /** The store's address, by way of the proxy. */
  url: string;
  /** The store is gone: open connections break, new ones are refused. */
  cut(): Promise<void>;
  /** The store hangs: connections stay, and nothing comes through any more. */
  freeze(): void;
  restore(): Promise<void>;
  stop(): Promise<void>;
};

/** A proxy in front of the store that `address` (a URL) names. */
export const startTcpProxy = async (address: string): Promise<TcpProxy> => {
  const target = new URL(address);
  const sockets = new Set<Socket>();
  let frozen = false;
  const listen = async (port: number): Promise<Server> => {
    const server = createServer((client) => {
      const store = connect(Number(target.port), target.hostname);
      for (const [from, to] of [
        [client, store],
        [store, client],
      ] as const) {
        sockets.add(from);
        from.on('data', (piece) => !frozen && to.write(piece));
        from.on('error', () => undefined);
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
      }
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(address);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    cut: close,
    freeze: () => void (frozen = true),
    restore: async () => {
      frozen = false;
      for (const socket of sockets) socket.destroy();
      if (!server.listening) server = await listen(port);
    },
    stop: close,
  };
};
