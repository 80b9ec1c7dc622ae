import { post, type Reply, type Sent } from './http.ts';
import type { RunningServer } from './start-server.ts';

type Address = Pick<RunningServer, 'url' | 'key'>;

/** Makes a key, by default one with scope `query` made by the server's admin key; what came back, `key` included. */
export const makeKey = async (
  server: Address,
  fields: Record<string, unknown> = {},
  sent?: Sent,
): Promise<Reply['body']> => {
  const { status, body } = await post(
    server,
    '/admin/keys',
    { name: 'a key', scopes: ['query'], ...fields },
    sent,
  );
  if (status !== 201) throw new Error(`no key: ${status} ${JSON.stringify(body)}`);
  return body;
};

/** The status of a search with these credentials: 200 where they open. */
export const searchStatus = async (server: Address, sent: Sent): Promise<number> =>
  (await post(server, '/search', { query: 'moat' }, sent)).status;
