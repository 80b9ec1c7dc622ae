import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.ts';
import { get, post, remove, send, type Sent } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const NOBODYS_ID = '00000000-0000-4000-8000-000000000000';

describe('problems', () => {
  let server: RunningServer;
  beforeAll(
    async () => (server = await startServer({ env: { MAX_BODY_BYTES: '2000', MAX_UPLOAD_BYTES: '5000' } })),
  );
  afterAll(() => server.stop());

  describe('401: it is not known who asks', () => {
    const guarded: [string, string][] = [
      ['POST', '/query'],
      ['POST', '/search'],
      ['POST', '/admin/documents'],
      ['GET', '/admin/documents'],
      ['DELETE', `/admin/documents/${NOBODYS_ID}`],
      ['GET', `/admin/jobs/${NOBODYS_ID}`],
    ];
    const strangers: [string, Sent][] = [
      ['no key', { key: null }],
      ['a key nobody has', { key: 'sp_00000000_0000000000000000000000000000000000' }],
      ['a word of the header alone', { key: null, headers: { authorization: 'Bearer' } }],
      ['a token where none are accepted', { token: 'eyJhbGciOiJub25lIn0.e30.' }],
      ['a password', { key: null, headers: { authorization: 'Basic YTpi' } }],
    ];
    test.each(strangers)('%s', async (_name, sent) => {
      for (const [method, path] of guarded) {
        const reply = await send(server, method, path, sent);
        expectProblem(reply, 401, 'unauthenticated');
        expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
      }
    });

    test('a right key in the URL does not open', async () => {
      const reply = await get(server, `/admin/documents?api_key=${server.key}`, { key: null });
      expectProblem(reply, 401, 'unauthenticated');
    });
  });

  test('403: a query key does not open /admin, whatever the method', async () => {
    const sent = { key: server.queryKey };
    expectProblem(await get(server, '/admin/documents', sent), 403, 'forbidden');
    expectProblem(await post(server, '/admin/documents', { text: 'a' }, sent), 403, 'forbidden');
    expectProblem(await remove(server, `/admin/documents/${NOBODYS_ID}`, sent), 403, 'forbidden');
    expectProblem(await get(server, `/admin/jobs/${NOBODYS_ID}/events`, sent), 403, 'forbidden');
    expect((await post(server, '/search', { query: 'a' }, sent)).status).toBe(200);
  });

  test.each([
    '/nothing',
    '/admin',
    '/METRICS',
    '/metrics/',
    '/Admin/documents',
    '/admin/documents/',
    '/health/',
    '//health',
    '/docs/',
    '/docs/Swagger-ui.css',
    `/admin/documents/${NOBODYS_ID}`,
    '/admin/documents/not-a-uuid',
    `/admin/jobs/${NOBODYS_ID}`,
    `/admin/jobs/${NOBODYS_ID}/events`,
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/.env',
  ])('404: there is nothing at %s', async (path) => {
    const reply = await get(server, path);
    expectProblem(reply, 404, 'not_found');
  });

  test.each([
    ['GET', '/query', 'POST'],
    ['PUT', '/search', 'POST'],
    ['PATCH', '/admin/documents', 'POST, GET'],
    ['POST', `/admin/documents/${NOBODYS_ID}`, 'GET, DELETE'],
    ['DELETE', '/health', 'GET'],
    ['OPTIONS', '/query', 'POST'],
  ])('405: %s on %s, where only %s is possible', async (method, path, allowed) => {
    const reply = await send(server, method, path);
    expectProblem(reply, 405, 'method_not_allowed');
    expect(reply.headers.get('allow')).toBe(allowed);
  });

  test('413: a body over the limit, of either kind, announced or not', async () => {
    expectProblem(await post(server, '/query', { query: 'a'.repeat(2_000) }), 413, 'too_large');
    expectProblem(await post(server, '/admin/documents', { text: 'a'.repeat(5_000) }), 413, 'too_large');
    const form = new FormData();
    for (const name of ['one', 'two']) form.append('file', new Blob(['a'.repeat(2_600)]), name);
    expectProblem(await send(server, 'POST', '/admin/documents', { form }), 413, 'too_large');
    expect((await post(server, '/admin/documents?wait=true', { text: 'a '.repeat(2_000) })).status).toBe(201);
  });

  test.each([
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])('415: a question as %s', async (type) => {
    const sent = { body: '{"query":"a"}', headers: { 'content-type': type } };
    expectProblem(await send(server, 'POST', '/query', sent), 415, 'unsupported_media_type');
  });

  test('415: a body in an encoding that nobody knows', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'zebra' };
    expectProblem(
      await send(server, 'POST', '/query', { body: '{}', headers }),
      415,
      'unsupported_media_type',
    );
  });

  test.each<[string, string, string]>([
    ['an empty file', 'empty.txt', ''],
    ['a broken PDF', 'broken.pdf', '%PDF-1.7\nnothing of a PDF follows'],
    ['a broken DOCX', 'broken.docx', 'PK\u0003\u0004 and then nothing'],
    ['a text of nothing but control characters', 'blank.txt', '\u0001\u0002'],
  ])('422: %s', async (_name, filename, content) => {
    const form = new FormData();
    form.append('file', new Blob([content]), filename);
    expectProblem(await send(server, 'POST', '/admin/documents', { form }), 422, 'unprocessable_document');
  });

  test('422: a JSON text with nothing to index', async () => {
    expectProblem(
      await post(server, '/admin/documents', { text: '\u0000 \n' }),
      422,
      'unprocessable_document',
    );
  });

  test('an id that the client sends is kept when it is plain, and replaced when it is not', async () => {
    const idFor = async (id: string) =>
      (await get(server, '/nothing', { headers: { 'x-request-id': id } })).body.request_id as string;
    expect(await idFor('order-4711.retry_2')).toBe('order-4711.retry_2');
    expect(await idFor('<script>alert(1)</script>')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('short')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('every answer, also a refusal, has the security headers and is not cached', async () => {
    for (const reply of [
      await get(server, '/health'),
      await get(server, '/nothing'),
      await get(server, '/'),
    ]) {
      expect(reply.headers.get('cache-control')).toBe('no-store');
      expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
      expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(reply.headers.get('x-powered-by')).toBeNull();
    }
  });
});
