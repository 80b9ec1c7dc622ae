import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { freePort } from './free-port.ts';

/** A replica behind the proxy that remembers what reached it, and does with it what a test says. */
export type ScriptedReplica = {
  /** host:port, the same after a stop and another start. */
  address: string;
  /** The ids of the requests that arrived, whatever became of them. */
  requests: string[];
  /** Called once the whole request has been read. Unless told otherwise, the answer is 200 and the body's length. */
  answer: (response: ServerResponse) => void;
  start(): Promise<void>;
  /** From now on connections are refused, and open ones are broken. */
  stop(): Promise<void>;
};

export const breaksOff = (response: ServerResponse): void => void response.destroy();

export const startReplica = async (): Promise<ScriptedReplica> => {
  const port = await freePort();
  let bodyBytes = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    replica.requests.push(String(request.headers['x-request-id']));
    bodyBytes = 0;
    for await (const piece of request) bodyBytes += (piece as Buffer).length;
    response.setHeader('x-request-id', String(request.headers['x-request-id']));
    replica.answer(response);
  };
  const server = createServer(
    (request, response) => void serve(request, response).catch(() => response.destroy()),
  );
  const replica: ScriptedReplica = {
    address: `127.0.0.1:${port}`,
    requests: [],
    answer: (response) => response.end(String(bodyBytes)),
    start: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    stop: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  await replica.start();
  return replica;
};
