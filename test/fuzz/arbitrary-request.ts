import fc from 'fast-check';
import type { RawRequest } from './raw-request.ts';

/** What the OpenAPI document says of one operation, as far as it helps to come near a valid request. */
export type Target = {
  method: string;
  path: string;
  /** Names of body fields and of query parameters. */
  fields: string[];
  parameters: string[];
};

const BOUNDARY = 'boundary';
/** Strings that have broken servers before. */
export const NASTY = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff and more',
  '\ufeff',
  '\u202e',
  '🦉',
  "'; drop table chunks; --",
  '%00',
  '../../etc/passwd',
  '{{7*7}}',
  '${7*7}',
  '<script>',
  '__proto__',
  'constructor',
  'true',
  '-1',
  '1e309',
  '99999999999999999999',
  '00000000-0000-4000-8000-000000000000',
  '2025-02-30T25:61:61Z',
  '0000-01-01T00:00:00Z',
  '0000-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59-23:59',
  '0000-01-01',
  '9999-12-31',
  '[',
  '\\',
  '\r\nSet-Cookie: a=b',
  'ﷺ'.repeat(300),
];
/** JSON that JSON.stringify does not write. */
const RAW_JSON = [
  '1e400',
  '-0',
  '9007199254740993',
  '"\\ud800"',
  '"\\u0000"',
  '{"__proto__":{"scopes":["admin"]}}',
  '{"a":1,"a":2}',
  '['.repeat(3_000) + ']'.repeat(3_000),
  '{"a":'.repeat(3_000) + '1' + '}'.repeat(3_000),
];

const text = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const rawValue = fc.oneof(
  { weight: 3, arbitrary: text.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(...RAW_JSON) },
  { weight: 1, arbitrary: fc.oneof(fc.integer(), fc.double()).map((value) => JSON.stringify(value)) },
);
/** An object of fields, written by hand so that a name may occur twice and a value may be no number of JavaScript's. */
const rawObject = (names: string[]) =>
  fc
    .array(
      fc.tuple(
        fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: text }),
        rawValue,
      ),
      {
        maxLength: 5,
      },
    )
    .map((fields) => `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`);

const part = (names: string[]) =>
  fc
    .record({
      name: fc.oneof(fc.constantFrom('file', ...names), text),
      filename: fc.option(
        fc.oneof(fc.constantFrom('a.txt', 'a.md', 'a.csv', 'a.json', 'a.html', 'a.zip'), text),
      ),
      type: fc.option(fc.constantFrom('text/plain', 'application/pdf', 'image/png', 'nonsense')),
      content: fc.oneof(text, fc.constantFrom('{}', 'a,b\n1,2', '# A\n\nb', '<p>a', '{"a":[1,"b"]}')),
    })
    .map(({ name, filename, type, content }) => {
      const quoted = (value: string) => `"${value.replace(/[\r\n"]/g, '?')}"`;
      const disposition = `form-data; name=${quoted(name)}${filename === null ? '' : `; filename=${quoted(filename)}`}`;
      const typeLine = type === null ? '' : `Content-Type: ${type}\r\n`;
      return `--${BOUNDARY}\r\nContent-Disposition: ${disposition}\r\n${typeLine}\r\n${content}\r\n`;
    });
const form = (names: string[]) =>
  fc
    .tuple(
      fc.array(part(names), { maxLength: 4 }),
      fc.constantFrom(`--${BOUNDARY}--\r\n`, `--${BOUNDARY}`, ''),
    )
    .map(([parts, end]) => parts.join('') + end);

const headerValue = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 30,
});
const headers = fc.dictionary(
  fc.constantFrom(
    'accept',
    'content-encoding',
    'x-request-id',
    'x-forwarded-for',
    'x-forwarded-proto',
    'range',
    'if-none-match',
    'cookie',
    'expect-ct',
    'origin',
    'authorization',
    'te',
  ),
  fc.oneof(
    headerValue,
    fc.constantFrom('gzip', 'text/event-stream', '*/*', '::1', 'bytes=0-1', 'Bearer a.b.c', '127.0.0.1, 1'),
  ),
  { maxKeys: 3 },
);

const encoded = text.map((value) => encodeURIComponent(value.toWellFormed()));
const pathOf = (target: Target) =>
  fc.oneof(
    { weight: 8, arbitrary: encoded.map((value) => target.path.replace(/\{\w+\}/g, value)) },
    { weight: 1, arbitrary: fc.webPath() },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '//',
        '/%',
        '/%ff',
        '/..%2f..%2fpackage.json',
        '/query/../admin/documents',
        '*',
      ),
    },
  );
const queryOf = ({ parameters }: Target) =>
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom('a', ...parameters), encoded), encoded), { maxLength: 3 })
    .map((pairs) =>
      pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`,
    );

const bodyOf = ({ fields }: Target) => {
  const names = ['text', ...fields];
  const asJson = fc.constant('application/json');
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant({ type: '', body: null as string | null }) },
    {
      weight: 6,
      arbitrary: fc.record({ type: asJson, body: rawObject(names) }),
    },
    { weight: 1, arbitrary: fc.record({ type: asJson, body: rawValue }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constantFrom(
          `multipart/form-data; boundary=${BOUNDARY}`,
          'multipart/form-data',
          'multipart/form-data; boundary=',
        ),
        body: form(names),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.oneof(
          fc.constantFrom(
            'text/plain',
            'application/json; charset=utf-7',
            'application/json; charset=utf-16',
            'application/x-www-form-urlencoded',
          ),
          headerValue,
        ),
        body: fc.string({ unit: 'binary', maxLength: 60 }),
      }),
    },
  );
};

/** A request to one of the operations, from nearly right to nonsense, without credentials. */
export const arbitraryRequest = (targets: Target[]): fc.Arbitrary<RawRequest> =>
  fc.constantFrom(...targets).chain((target) =>
    fc
      .record({
        method: fc.oneof(
          { weight: 8, arbitrary: fc.constant(target.method) },
          {
            weight: 1,
            arbitrary: fc.constantFrom(
              'GET',
              'HEAD',
              'POST',
              'PUT',
              'PATCH',
              'DELETE',
              'OPTIONS',
              'TRACE',
              'PROPFIND',
            ),
          },
        ),
        path: pathOf(target),
        query: queryOf(target),
        headers,
        sent: bodyOf(target),
      })
      .map(({ method, path, query, headers: further, sent: { type, body } }) => ({
        method,
        path: (path.startsWith('/') || path === '*' ? path : `/${path}`) + (path === '*' ? '' : query),
        headers: { ...further, ...(type === '' ? {} : { 'content-type': type }) },
        body: method === 'TRACE' ? null : body,
      })),
  );
