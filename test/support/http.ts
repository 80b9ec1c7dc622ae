import type { RunningServer } from './start-server.ts';

export type Sent = {
  /** Null: none at all. Without it the server's admin key. */
  key?: string | null;
  token?: string;
  json?: unknown;
  form?: FormData;
  body?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

/** `body` is the parsed JSON where the reply is JSON, and the text where it is not. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what came over the wire is what the tests look into
export type Reply = { status: number; headers: Headers; body: any };

export type ServerEvent = { event: string; data: Reply['body'] };

type Address = Pick<RunningServer, 'url' | 'key'>;

/** Sends a request and leaves the body of the answer unread. */
export const open = async (
  server: Address,
  method: string,
  path: string,
  sent: Sent = {},
): Promise<Response> => {
  const { key = sent.token ? null : server.key, token, json, form, body } = sent;
  return fetch(server.url + path, {
    method,
    headers: {
      ...(key === null ? {} : { 'x-api-key': key }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...sent.headers,
    },
    body: json === undefined ? (form ?? body ?? null) : JSON.stringify(json),
    signal: sent.signal ?? null,
  });
};

/** Sends a request and reads the whole answer. */
export const send = async (server: Address, method: string, path: string, sent?: Sent): Promise<Reply> => {
  const response = await open(server, method, path, sent);
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
};

export const get = (server: Address, path: string, sent?: Sent): Promise<Reply> =>
  send(server, 'GET', path, sent);
export const post = (server: Address, path: string, json: unknown, sent?: Sent): Promise<Reply> =>
  send(server, 'POST', path, { ...sent, json });
export const remove = (server: Address, path: string, sent?: Sent): Promise<Reply> =>
  send(server, 'DELETE', path, sent);

/** The events of a stream as they arrive; comment lines are passed over. */
export async function* eventsOf(response: Response): AsyncIterable<ServerEvent> {
  let held = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    held += piece;
    const blocks = held.split('\n\n');
    held = blocks.pop()!;
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) as unknown };
    }
  }
}

export const collect = async <Value>(values: AsyncIterable<Value>): Promise<Value[]> => {
  const collected: Value[] = [];
  for await (const value of values) collected.push(value);
  return collected;
};

/** All events of a streamed `POST`. */
export const postForEvents = async (
  server: Address,
  path: string,
  json: unknown,
  sent?: Sent,
): Promise<ServerEvent[]> => collect(eventsOf(await open(server, 'POST', path, { ...sent, json })));

export type TextDocument = {
  text: string;
  title?: string;
  source?: string;
  metadata?: Record<string, unknown>;
  groups?: string[];
};

/** Puts texts into the index and waits until they are searchable. */
export const ingest = async (
  server: Address,
  documents: TextDocument[],
  sent?: Sent,
): Promise<Reply['body'][]> => {
  const { status, body } = await post(server, '/admin/documents?wait=true', { documents }, sent);
  if (status !== 201) throw new Error(`not ingested: ${status} ${JSON.stringify(body)}`);
  return body.documents as Reply['body'][];
};

/** Asks again and again until it is so; there is a deadline, and no waiting for a fixed time. */
export const eventually = async <Value>(
  look: () => Promise<Value | undefined | false>,
  { patienceMs = 45_000, what = 'it' } = {},
): Promise<Value> => {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`${what} did not come about in time`);
    await new Promise((resume) => setTimeout(resume, 25));
  }
};
