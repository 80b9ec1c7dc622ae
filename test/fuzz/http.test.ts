import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { get, ingest, post } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { arbitraryRequest, type Target } from './arbitrary-request.ts';
import { closeConnections, sendRaw, type RawReply, type RawRequest } from './raw-request.ts';

/** The same requests in every run; SALLYPORT_FUZZ_SEED and SALLYPORT_FUZZ_SECONDS make it search further. */
const SEED = Number(process.env.SALLYPORT_FUZZ_SEED ?? 20_251_123);
const SECONDS = Number(process.env.SALLYPORT_FUZZ_SECONDS ?? 9);

const TYPES = [
  'application/json',
  'application/problem+json',
  'application/x-ndjson',
  'text/event-stream',
  'text/plain',
  'text/html',
  'text/css',
  'text/javascript',
];
const STACK = /^\s+at .+:\d+|node_modules[\\/]|file:\/\/|\.[jt]s:\d+/m;

type Schema = { properties?: Record<string, unknown>; anyOf?: Schema[] };
type Operation = {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};

const fieldsOf = (schema: Schema): string[] => [
  ...Object.keys(schema.properties ?? {}),
  ...(schema.anyOf ?? []).flatMap(fieldsOf),
];

describe('any request at all', () => {
  let server: RunningServer;
  let targets: Target[];
  beforeAll(async () => {
    server = await startServer({
      env: { MAX_BODY_BYTES: '100000', MAX_UPLOAD_BYTES: '200000', LOG_LEVEL: 'error' },
    });
    await ingest(server, [{ text: 'There is something to be found.', source: 'a' }]);
    const paths = (await get(server, '/openapi.json')).body.paths as Record<
      string,
      Record<string, Operation>
    >;
    targets = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
        method: method.toUpperCase(),
        path,
        fields: Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => fieldsOf(schema)),
        parameters: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
      })),
    );
  });
  afterAll(async () => {
    closeConnections();
    await server.stop();
  });

  const expectSane = (sent: RawRequest, reply: RawReply) => {
    const { method, path } = sent;
    const shown = {
      method,
      path,
      body: sent.body?.slice(0, 200),
      reply: reply.body.slice(0, 500),
    };
    if (reply.status >= 500) throw new Error(`${reply.status} for ${JSON.stringify(shown)}`);
    if (reply.body === '') return;
    expect({ ...shown, type: TYPES.includes(reply.type) || reply.type }).toEqual({ ...shown, type: true });
    if (!reply.type.endsWith('json')) return;
    expect(reply.body).not.toMatch(STACK);
    expect(reply.body).not.toContain(process.cwd());
    for (const text of reply.type.endsWith('ndjson') ? reply.body.trim().split('\n') : [reply.body])
      JSON.parse(text);
  };

  const attack = (key: string | null) =>
    fc.assert(
      fc.asyncProperty(arbitraryRequest(targets), async (sent) => {
        const headers = { ...sent.headers, ...(key === null ? {} : { 'x-api-key': key }) };
        expectSane(sent, await sendRaw(server.url, { ...sent, headers }));
      }),
      { seed: SEED, numRuns: 100_000, interruptAfterTimeLimit: SECONDS * 1_000 },
    );

  test(
    'of a stranger is answered, and never with a fault of the server',
    () => attack(null),
    SECONDS * 3_000 + 20_000,
  );

  test(
    'of an administrator is answered, and never with a fault of the server',
    () => attack(server.key),
    SECONDS * 3_000 + 20_000,
  );

  test('leaves a server that still takes documents in and finds them', async () => {
    await ingest(server, [{ text: 'The wombat survived the storm.', source: 'after' }]);
    const { body } = await post(server, '/search', { query: 'wombat storm', filter: { source: 'after' } });
    expect(body.chunks).toHaveLength(1);
    expect((await get(server, '/ready')).status).toBe(200);
    expect(server.output()).not.toMatch(/unhandled|ERR_|"code":"internal"/i);
  });
});
