import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';

/** A request as it goes over the wire: unlike with `fetch`, nothing about it has to make sense. */
export type RawRequest = {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
};

export type RawReply = { status: number; type: string; body: string };

const DEADLINE_MS = 15_000;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/**
 * Sends it and reads the whole reply.
 *
 * @throws Error when there is none within the deadline, or the server drops the connection
 */
export const sendRaw = async (
  url: string,
  { method, path, headers, body }: RawRequest,
): Promise<RawReply> => {
  const { hostname, port } = new URL(url);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const length: Record<string, string> = body ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  const sent = request({ hostname, port, method, path, headers: { ...headers, ...length }, agent, signal });
  sent.end(body ?? undefined);
  const [response] = (await once(sent, 'response', { signal })) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return {
    status: response.statusCode!,
    type: (response.headers['content-type'] ?? '').split(';')[0]!,
    body: Buffer.concat(pieces).toString('utf8'),
  };
};

export const closeConnections = (): void => agent.destroy();
