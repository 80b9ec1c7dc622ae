import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the stand-in saw of a request, as it answers it. */
export type Echo = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  bodyBytes: number;
  fromPort: number;
};

export type StandInApplication = {
  /** host:port */
  address: string;
  /** How many requests to /never, which is never answered, have arrived. */
  waiting: () => number;
  /** Decides what a request to /query gets. Until the next one, each gets the echo. */
  onQuery: (handle: (response: ServerResponse) => void) => void;
  stop: () => Promise<void>;
};

/** An application behind the proxy that tells what reached it and streams on the test's word. */
export const startStandInApplication = async (): Promise<StandInApplication> => {
  let waiting = 0;
  let query: ((response: ServerResponse) => void) | undefined;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let bodyBytes = 0;
    for await (const chunk of request) bodyBytes += (chunk as Buffer).length;
    response.setHeader('x-request-id', String(request.headers['x-request-id']));
    response.setHeader('strict-transport-security', 'max-age=1'); // as helmet would say it
    if (request.url === '/never') waiting += 1;
    else if (request.url === '/query' && query) query(response);
    else {
      const { method, url: path, headers, socket } = request;
      const echo = { method, path, headers, bodyBytes, fromPort: socket.remotePort } as Echo;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(echo));
    }
  };
  // A request that the proxy breaks off ends here, unanswered.
  const server = createServer(
    (request, response) => void answer(request, response).catch(() => response.destroy()),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting: () => waiting,
    onQuery: (handle) => (query = handle),
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
