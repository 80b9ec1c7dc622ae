import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SigningKey } from './tokens.ts';

/** A local issuer that publishes its keys, or does what a test scripts. */
export type JwksServer = {
  url: string;
  /** The path of every request so far, oldest first. */
  requests: string[];
  answer: (response: ServerResponse) => void;
  /** Publishes these keys, and no others, from now on. */
  publish(...keys: SigningKey[]): void;
  stop(): Promise<void>;
};

export const answersWith =
  (body: string, status = 200, headers: Record<string, string> = {}): JwksServer['answer'] =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);

export const isDown: JwksServer['answer'] = (response) => void response.destroy();

export const startJwksServer = async (...keys: SigningKey[]): Promise<JwksServer> => {
  const requests: string[] = [];
  const http = createServer((request, response) => {
    requests.push(request.url ?? '');
    server.answer(response);
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server: JwksServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/keys`,
    requests,
    answer: isDown,
    publish: (...published) =>
      (server.answer = answersWith(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }))),
    stop: async () => {
      http.closeAllConnections();
      http.close();
      if (http.listening) await once(http, 'close');
    },
  };
  server.publish(...keys);
  return server;
};
