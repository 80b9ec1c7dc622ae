import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { get, ingest } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { NASTY } from './arbitrary-request.ts';
import { closeConnections, sendRaw, type RawRequest } from './raw-request.ts';

type Schema = {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  $ref?: string;
};
type Operation = {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: Schema; example?: object }> };
};
type Place = { name: string; request: (text: string) => RawRequest };

/** What a header may say reaches the log, the trace, the limits and the audit log. */
const HEADERS = [
  ...['accept', 'authorization', 'x-api-key', 'x-request-id', 'x-forwarded-for', 'x-forwarded-proto'],
  ...['traceparent', 'tracestate', 'content-type', 'user-agent', 'origin', 'range', 'cookie', 'forwarded'],
];
/** Beside the texts that broke servers before: what a text could be taken for. */
const TEXTS = [
  ...NASTY,
  'null',
  'a'.repeat(5_000),
  'é'.repeat(200),
  '\u0001',
  '\u007f',
  '%',
  '\u2028',
  '2025-01-01T00:00:00Z',
];
const AT_ONCE = 6;
const MOST_DEPTH = 5;

describe('any text, in any parameter of any operation', () => {
  let server: RunningServer;
  let operations: { method: string; path: string; operation: Operation }[];
  let schemas: Record<string, Schema>;
  beforeAll(async () => {
    server = await startServer({ env: { LOG_LEVEL: 'error' } });
    await ingest(server, [{ text: 'There is something to be found.', source: 'a' }]);
    const { body } = await get(server, '/openapi.json');
    schemas = body.components.schemas as Record<string, Schema>;
    operations = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({
          method: method.toUpperCase(),
          path,
          operation,
        })),
    );
  });
  afterAll(async () => {
    closeConnections();
    await server.stop();
  });

  const request = (method: string, path: string, headers = {}, body: string | null = null): RawRequest => ({
    method,
    path,
    headers: {
      'x-api-key': server.key,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body,
  });
  const withoutPlaces = (path: string) => path.replace(/\{\w+\}/g, '00000000-0000-4000-8000-000000000000');

  /** The places in a body where a text may stand, as paths into it; `*` is any element or any key. */
  const placesIn = ({ $ref, ...schema }: Schema, depth = 0): string[][] => {
    if (depth > MOST_DEPTH) return [];
    if ($ref !== undefined) return placesIn(schemas[$ref.split('/').at(-1)!]!, depth);
    const below = (name: string, inner: Schema) => [
      [name],
      ...placesIn(inner, depth + 1).map((rest) => [name, ...rest]),
    ];
    return [
      ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => below(name, inner)),
      ...(schema.anyOf ?? []).flatMap((one) => placesIn(one, depth)),
      ...(schema.items ? below('[]', schema.items) : []),
      ...(typeof schema.additionalProperties === 'object'
        ? [['*key'], ...below('any', schema.additionalProperties)]
        : []),
    ];
  };
  const put = (into: unknown, [name, ...rest]: string[], text: string): unknown => {
    if (name === undefined) return text;
    if (name === '[]') return [put({}, rest, text)];
    if (name === '*key') return { [text]: 'a' };
    const inner = (into as Record<string, unknown>)[name];
    return { ...(into as object), [name]: put(typeof inner === 'object' ? inner : {}, rest, text) };
  };

  const inUrls = (): Place[] =>
    operations.flatMap(({ method, path, operation }) =>
      (operation.parameters ?? []).map(({ name, in: where }) => ({
        name: `${method} ${path} ${where} ${name}`,
        request: (text) => {
          const encoded = encodeURIComponent(text.toWellFormed());
          return where === 'path'
            ? request(method, path.replace(/\{\w+\}/, encoded))
            : request(method, `${withoutPlaces(path)}?${name}=${encoded}`);
        },
      })),
    );
  const inBodies = (): Place[] =>
    operations.flatMap(({ method, path, operation }) => {
      const { schema = {}, example = {} } = operation.requestBody?.content['application/json'] ?? {};
      return placesIn(schema).map((place) => ({
        name: `${method} ${path} body ${place.join('.')}`,
        request: (text) =>
          request(method, withoutPlaces(path), {}, JSON.stringify(put(example, place, text))),
      }));
    });
  const inHeaders = (): Place[] =>
    HEADERS.map((header) => ({
      name: `header ${header}`,
      request: (text) => {
        // What is left of it once it can be sent at all.
        const value = Buffer.from(text.toWellFormed())
          .toString('latin1')
          .replace(/[^ -~\xa0-\xff]/g, ' ')
          .trim();
        return request('POST', '/search', { [header]: value }, '{"query":"a"}');
      },
    }));

  test.each([
    ['a URL', inUrls, 20],
    ['a body', inBodies, 40],
    ['a header', inHeaders, HEADERS.length],
  ])(
    'of %s is never a fault of the server',
    async (_where, placesOf, atLeast) => {
      const places = placesOf();
      expect(places.length).toBeGreaterThanOrEqual(atLeast);
      const asked = places.flatMap(({ name, request: make }) =>
        TEXTS.map((text) => ({ name, text, sent: make(text) })),
      );
      const faults: string[] = [];
      const ask = async () => {
        for (let next = asked.pop(); next; next = asked.pop()) {
          const { status, body } = await sendRaw(server.url, next.sent);
          if (status >= 500)
            faults.push(
              `${next.name}: ${JSON.stringify(next.text.slice(0, 40))} is ${status} ${body.slice(0, 200)}`,
            );
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, ask));
      expect(faults).toEqual([]);
    },
    300_000,
  );

  test('and the server says of none of them that it did not expect it', () => {
    expect(server.output()).not.toMatch(/"code":"internal"|unhandled/i);
  });
});
