import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.ts';
import { get, ingest, post, send } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const NOBODYS_ID = '00000000-0000-4000-8000-000000000000';

describe('a field that is null counts as left out', () => {
  let server: RunningServer;
  beforeAll(async () => (server = await startServer()));
  afterAll(() => server.stop());

  test.each<[string, object]>([
    [
      '/query',
      { query: 'a', question: null, top_k: null, filter: null, stream: null, conversation_id: null },
    ],
    ['/query', { query: null, question: 'a', filter: { source: null, metadata: null } }],
    ['/search', { query: 'a', top_k: null, filter: null }],
    ['/guardrails/check', { text: 'a', direction: null, policy: null }],
    ['/guardrails/check', { texts: ['a'], policy: { pii_action: null, topics_allowed: null } }],
    ['/admin/documents?wait=true', { text: 'One.', title: null, source: null, metadata: null, groups: null }],
    ['/admin/documents?wait=true', { documents: [{ text: 'Two.', title: null, metadata: { kept: null } }] }],
    ['/admin/keys', { name: 'a', scopes: ['query'], groups: null, tenant: null, expires_at: null }],
  ])('%s %j', async (path, body) => {
    const reply = await post(server, path, body);
    expect([reply.status < 300, reply.body.issues]).toEqual([true, undefined]);
  });

  test('but the value of a field of metadata is kept', async () => {
    await post(server, '/admin/documents?wait=true', { text: 'Three towers.', metadata: { floor: null } });
    const found = async (floor: unknown) =>
      (await post(server, '/search', { query: 'towers', filter: { metadata: { floor } } })).body.chunks
        .length;
    expect([await found(null), await found('high')]).toEqual([1, 0]);
  });

  test('on a rotation, too, which needs no body at all', async () => {
    const { id } = (await post(server, '/admin/keys', { name: 'a', scopes: ['query'] })).body;
    expect((await post(server, `/admin/keys/${id}/rotate`, { overlap_seconds: null })).status).toBe(200);
    expect((await send(server, 'POST', `/admin/keys/${id}/rotate`)).status).toBe(200);
    expectProblem(await post(server, `/admin/keys/${id}/rotate`, null), 400, 'invalid_request');
  });
});

describe('400: the request is not right', () => {
  let server: RunningServer;
  beforeAll(async () => (server = await startServer()));
  afterAll(() => server.stop());

  test.each<[string, string, unknown, string]>([
    ['an empty question', '/query', { query: '' }, 'query'],
    ['a blank question', '/query', { query: ' \n\t' }, 'query'],
    ['no question', '/query', {}, 'query'],
    ['two questions', '/query', { query: 'a', question: 'b' }, 'query'],
    ['a question that is a number', '/query', { query: 7 }, 'query'],
    ['top_k of 0', '/query', { query: 'a', top_k: 0 }, 'top_k'],
    ['top_k of 51', '/search', { query: 'a', top_k: 51 }, 'top_k'],
    ['top_k of 1.5', '/search', { query: 'a', top_k: 1.5 }, 'top_k'],
    ['a filter with an unknown field', '/query', { query: 'a', filter: { tenant: 'b' } }, 'filter'],
    [
      'nested metadata',
      '/search',
      { query: 'a', filter: { metadata: { a: { b: 1 } } } },
      'filter.metadata.a',
    ],
    ['a text that is not one', '/admin/documents', { text: { a: 1 } }, 'text'],
    ['no documents', '/admin/documents', { documents: [] }, 'documents'],
    ['groups that are no list', '/admin/documents', { text: 'a', groups: 'staff' }, 'groups'],
    [
      'a document without its text',
      '/admin/documents',
      { documents: [{ text: 'a' }, {}] },
      'documents.1.text',
    ],
  ])('%s', async (_name, path, body, where) => {
    const reply = await post(server, path, body);
    expectProblem(reply, 400, 'invalid_request');
    expect(reply.body.issues[0].path).toBe(where);
  });

  test.each(['/query', '/search', '/admin/documents'])(
    'an unknown field for %s, by its name',
    async (path) => {
      const reply = await post(server, path, { query: 'a', text: 'a', tenant: 'other' });
      expectProblem(reply, 400, 'invalid_request');
      expect(JSON.stringify(reply.body)).toContain('tenant');
    },
  );

  describe('metadata, in a filter or of a document', () => {
    /** As text: an object literal of JavaScript means something else by `__proto__`. */
    const everywhere: [where: string, path: string, body: (metadata: string) => string][] = [
      ['filter', '/query', (metadata) => `{"query": "a", "filter": {"metadata": ${metadata}}}`],
      ['filter', '/search', (metadata) => `{"query": "a", "filter": {"metadata": ${metadata}}}`],
      ['', '/admin/documents', (metadata) => `{"text": "a", "metadata": ${metadata}}`],
      [
        'documents.0',
        '/admin/documents',
        (metadata) => `{"documents": [{"text": "a", "metadata": ${metadata}}]}`,
      ],
    ];
    const headers = { 'content-type': 'application/json' };

    test.each([
      ['{"__proto__": "x"}', '__proto__'],
      ['{"year": 2024, "__proto__": {"year": 2024}}', '__proto__'],
      ['{"\\u005f_proto__": "x"}', '__proto__'],
      ['{"constructor": {"prototype": "x"}}', 'constructor'],
      ['{"a": {"b": 1}}', 'a'],
      ['{"a": ["b"]}', 'a'],
      ['{"a": "\\u0000"}', 'a'],
      ['{"a": "\\ud800"}', 'a'],
      ['{"a": 1e999}', 'a'],
      ['{"\\u0000": "x"}', '\u0000'],
      ['{"": "x"}', ''],
      ['["x"]', undefined],
      ['"x"', undefined],
    ])('is refused where it could not be honoured: %s', async (metadata, field) => {
      for (const [where, path, body] of everywhere) {
        const reply = await send(server, 'POST', path, { body: body(metadata), headers });
        expectProblem(reply, 400, 'invalid_request');
        const place = field === undefined ? 'metadata' : `metadata.${field}`;
        expect([path, reply.body.issues[0].path]).toEqual([path, where === '' ? place : `${where}.${place}`]);
      }
      const form = new FormData();
      form.append('file', new Blob(['a']), 'a.txt');
      form.append('metadata', metadata);
      expectProblem(await send(server, 'POST', '/admin/documents', { form }), 400, 'invalid_request');
    });

    test.each(['__proto__', 'metadata[__proto__]', '__proto__[metadata]', 'constructor'])(
      'is no other field of a form: %s',
      async (field) => {
        const form = new FormData();
        form.append('file', new Blob(['a']), 'a.txt');
        form.append(field, '{"a": "b"}');
        expectProblem(await send(server, 'POST', '/admin/documents', { form }), 400, 'invalid_request');
      },
    );

    test('may have names that mean something to JavaScript, and filters by them', async () => {
      const metadata = { constructor: 'x', toString: 'y', hasOwnProperty: 'z', prototype: 1 };
      await ingest(server, [{ text: 'The kiwi sleeps by day.', metadata }, { text: 'The kiwi eats worms.' }]);
      const found = async (filter: object) =>
        (await post(server, '/search', { query: 'kiwi', filter: { metadata: filter } })).body.chunks;
      expect(await found(metadata)).toMatchObject([{ text: 'The kiwi sleeps by day.' }]);
      expect(await found({ constructor: 'y' })).toEqual([]);
      expect(await found({ valueOf: 'y' })).toEqual([]);
    });

    test.each(['/query', '/search', '/admin/documents'])('is nothing beside it, either: %s', async (path) => {
      const body = '{"query": "a", "text": "a", "__proto__": {"filter": {"source": "b"}}}';
      expectProblem(await send(server, 'POST', path, { body, headers }), 400, 'invalid_request');
    });
  });

  test('a conversation, until there are any', async () => {
    const reply = await post(server, '/query', { query: 'a', conversation_id: 'c1' });
    expectProblem(reply, 400, 'invalid_request');
    expect(reply.body.issues).toEqual([
      { path: 'conversation_id', message: 'Conversations are not kept: leave `conversation_id` out.' },
    ]);
  });

  test('null where a field is needed, or where it is the value of an unknown one', async () => {
    for (const body of [
      { query: null },
      { query: 'a', tenant: null },
      { query: 'a', filter: { tenant: null } },
    ])
      expectProblem(await post(server, '/query', body), 400, 'invalid_request');
    expectProblem(await post(server, '/admin/documents', { text: null }), 400, 'invalid_request');
    expectProblem(
      await post(server, '/admin/documents', { text: 'a', groups: [null] }),
      400,
      'invalid_request',
    );
  });

  test('an empty question has the words that clients of the Python server know', async () => {
    expect((await post(server, '/query', { query: '' })).body.error).toBe("Missing 'query' field");
    expect((await post(server, '/query', {})).body.error).toBe("Missing 'query' field");
  });

  test.each(['{"query": "a"', 'query=a', '[', '"', '\u0000'])('a body that is not JSON: %j', async (body) => {
    const headers = { 'content-type': 'application/json' };
    expectProblem(await send(server, 'POST', '/query', { body, headers }), 400, 'invalid_request');
  });

  test.each(['[]', '"query"', 'null', '7', 'true'])('JSON that is not an object: %s', async (body) => {
    const headers = { 'content-type': 'application/json' };
    expectProblem(await send(server, 'POST', '/query', { body, headers }), 400, 'invalid_request');
  });

  test.each([
    '?limit=0',
    '?limit=201',
    '?limit=many',
    '?status=lost',
    '?cursor=abc',
    '?color=blue',
    '?query=',
    '?__proto__=a',
  ])('a parameter of the list that is wrong: %s', async (query) =>
    expectProblem(await get(server, `/admin/documents${query}`), 400, 'invalid_request'),
  );

  test.each([
    'null',
    '["1"]',
    `["yesterday","${NOBODYS_ID}"]`,
    `["2025-02-30 10:00:00+00","${NOBODYS_ID}"]`,
    `["99999999999999999999","${NOBODYS_ID}"]`,
    `["1750000000000000","${NOBODYS_ID}' or true"]`,
  ])('a cursor that somebody made up: %s', async (cursor) => {
    const made = Buffer.from(cursor).toString('base64url');
    expectProblem(await get(server, `/admin/documents?cursor=${made}`), 400, 'invalid_request');
  });

  test.each(['\0', '\ud800', 'a\udfffb'])('text that no database can hold: %j', async (text) => {
    for (const [path, body] of [
      ['/search', { query: 'a', filter: { source: text } }],
      ['/search', { query: 'a', filter: { metadata: { a: text } } }],
      ['/query', { query: 'a', filter: { metadata: { [text]: 'a' } } }],
      ['/admin/documents', { text: 'a', source: `a${text}` }],
      ['/admin/documents', { text: 'a', metadata: { a: text } }],
      ['/admin/documents', { text: 'a', metadata: { [text]: 1 } }],
      ['/admin/documents', { text: 'a', groups: [`a${text}`] }],
    ] as const)
      expectProblem(await post(server, path, body), 400, 'invalid_request');
  });

  test.each([
    '/admin/audit?user=%00',
    '/admin/audit?event=a%00',
    '/admin/documents?source=%00',
    '/admin/keys?cursor=%00',
    '/admin/documents/%00',
    '/admin/usage?%00=a',
  ])('a NUL in a URL: %s', async (path) => {
    expectProblem(await get(server, path), 400, 'invalid_request');
  });

  test('a wait that is neither true nor false', async () => {
    expectProblem(await post(server, '/admin/documents?wait=yes', { text: 'a' }), 400, 'invalid_request');
  });

  test('a path that is no UTF-8', async () => {
    expectProblem(await get(server, '/admin/documents/%ff'), 400, 'invalid_request');
  });

  test('a form without a file, a file in another field, fields that are not right', async () => {
    const formOf = (...entries: [string, string | Blob][]) => {
      const form = new FormData();
      for (const [name, value] of entries) form.append(name, value);
      return form;
    };
    const file = new Blob(['text']);
    for (const form of [
      formOf(['title', 'No file']),
      formOf(['attachment', file]),
      formOf(['file', file], ['metadata', '{']),
      formOf(['file', file], ['tenant', 'other']),
      formOf(['file', file], ['file', file], ['title', 'One title for two']),
    ])
      expectProblem(await send(server, 'POST', '/admin/documents', { form }), 400, 'invalid_request');
  });
});
