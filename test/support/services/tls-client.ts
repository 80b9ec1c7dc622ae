import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect, type SecureVersion } from 'node:tls';

export type TlsTarget = { httpsPort: number; pem: string };
export type Reply = {
  status: number;
  headers: IncomingMessage['headers'];
  rawHeaders: string[];
  body: string;
};

export type Send = Omit<RequestOptions, 'host' | 'port' | 'ca'> & { body?: string | Buffer };

/** Sends a request over TLS and hands back the response as soon as its headers are there. */
export const openResponse = async (
  target: TlsTarget,
  path: string,
  options: Send = {},
): Promise<IncomingMessage> => {
  const { body, ...rest } = options;
  const request = httpsRequest({
    ...rest,
    path,
    host: '127.0.0.1',
    port: target.httpsPort,
    ca: target.pem,
    servername: 'localhost', // whatever the Host header says
    agent: options.agent ?? false,
  });
  const answered = once(request, 'response');
  request.on('error', () => undefined); // a server that refuses a body may close while it is still being sent
  request.end(body);
  const [response] = (await answered) as [IncomingMessage];
  return response;
};

export const send = async (target: TlsTarget, path: string, options?: Send): Promise<Reply> => {
  const response = await openResponse(target, path, options);
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk as string;
  return { status: response.statusCode!, headers: response.headers, rawHeaders: response.rawHeaders, body };
};

/** Shakes hands in exactly this version: the version agreed on, or the refusal. */
export const handshake = async (
  { httpsPort, pem }: TlsTarget,
  version: SecureVersion,
): Promise<string | null> => {
  const socket = connect({
    host: '127.0.0.1',
    port: httpsPort,
    ca: pem,
    minVersion: version,
    maxVersion: version,
    ciphers: 'DEFAULT:@SECLEVEL=0', // OpenSSL itself would not speak TLS 1.1 otherwise: the server is to refuse
  });
  try {
    await once(socket, 'secureConnect');
    return socket.getProtocol();
  } finally {
    socket.destroy();
  }
};

/** Every value of a header, where `headers` would fold them into one. */
export const valuesOf = ({ rawHeaders }: Reply, name: string): string[] =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name);
