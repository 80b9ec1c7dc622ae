import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, post, send, type Reply } from '../support/http.ts';
import { makeKey } from '../support/keys.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const JSON_TYPE = { 'content-type': 'application/json' };
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const keys = (count: number, value: unknown = 1) =>
  Object.fromEntries(Array.from({ length: count }, (_, nth) => [`key${nth}`, value]));

describe('a body', () => {
  let server: RunningServer;
  beforeAll(async () => (server = await startServer()));
  afterAll(() => server.stop());

  const sendJson = (path: string, body: string | Uint8Array<ArrayBuffer>, headers = {}, key?: null) =>
    send(server, 'POST', path, {
      body,
      headers: { ...JSON_TYPE, ...headers },
      ...(key === null ? { key } : {}),
    });
  const gzip = (text: string) => new Uint8Array(gzipSync(text));

  describe('of somebody whom nobody knows yet, at POST /token', () => {
    test('is small', async () => {
      for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
        const body = type.endsWith('json')
          ? JSON.stringify({ client_id: 'a', client_secret: 'x'.repeat(17 * KIB) })
          : `client_id=a&client_secret=${'x'.repeat(17 * KIB)}`;
        const reply = await send(server, 'POST', '/token', {
          key: null,
          body,
          headers: { 'content-type': type },
        });
        expectProblem(reply, 413, 'too_large');
      }
    });

    test('is not inflated, whatever it is', async () => {
      for (const encoding of ['gzip', 'deflate', 'br']) {
        const headers = { 'content-encoding': encoding };
        expectProblem(
          await sendJson('/token', gzip(nested(1_000)), headers, null),
          415,
          'unsupported_media_type',
        );
      }
    });

    test('is flat', async () => {
      const reply = await sendJson('/token', nested(5_000), {}, null);
      expectProblem(reply, 400, 'invalid_request');
      expect(reply.body.detail).toBe('The JSON is nested deeper than 4 levels.');
      expectProblem(await sendJson('/token', JSON.stringify(keys(60)), {}, null), 400, 'invalid_request');
    });

    test('gets a token, in either form', async () => {
      const { id, key } = await makeKey(server);
      const fields = { client_id: id as string, client_secret: key as string };
      expect((await post(server, '/token', fields, { key: null })).status).toBe(200);
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = new URLSearchParams(fields).toString();
      expect((await send(server, 'POST', '/token', { key: null, headers, body })).status).toBe(200);
    });
  });

  describe('of a caller', () => {
    test('has at most 256 KiB', async () => {
      const query = JSON.stringify({ query: 'a' });
      const padded = (bytes: number) => query + ' '.repeat(bytes - query.length);
      expect((await sendJson('/search', padded(256 * KIB))).status).toBe(200);
      expectProblem(await sendJson('/search', padded(256 * KIB + 1)), 413, 'too_large');
    });

    test.each([
      ['levels', nested(20), nested(21), 'The JSON is nested deeper than 20 levels.'],
      ['keys', JSON.stringify(keys(1_000)), JSON.stringify(keys(1_001)), 'The JSON has more than 1000 keys.'],
      [
        'values',
        JSON.stringify(Array(10_000).fill(1)),
        JSON.stringify(Array(10_001).fill(1)),
        'The JSON has more than 10000 values.',
      ],
    ])('has so many %s and no more', async (_name, within, beyond, detail) => {
      for (const path of ['/search', '/admin/keys', '/admin/documents']) {
        const reply = await sendJson(path, within);
        expectProblem(reply, 400, 'invalid_request');
        expect(reply.body.detail).not.toMatch(/^The JSON/);
        const refused = await sendJson(path, beyond);
        expectProblem(refused, 400, 'invalid_request');
        expect(refused.body.detail).toContain(detail.slice(0, -1));
      }
    });

    test('is measured by its structure, not by what its texts look like', async () => {
      const query = '{"[\\"a\\":1,'.repeat(500);
      const reply = await post(server, '/guardrails/check', { text: query });
      expect(reply.status).toBe(200);
    });

    test('may be compressed; what it comes to is bounded as if it were not', async () => {
      const headers = { 'content-encoding': 'gzip' };
      expect((await sendJson('/search', gzip('{"query":"moat"}'), headers)).status).toBe(200);
      const bomb = `{"query":"${'a'.repeat(20 * MIB)}"}`;
      expectProblem(await sendJson('/search', gzip(bomb), headers), 413, 'too_large');
      const form = { 'content-type': 'multipart/form-data; boundary=x', ...headers };
      const reply = await send(server, 'POST', '/admin/documents', { body: gzip('--x--'), headers: form });
      expectProblem(reply, 415, 'unsupported_media_type');
    });

    test('says in at most 20 issues what is wrong with it', async () => {
      const { body } = await post(server, '/search', { query: 'a', filter: { metadata: keys(900, {}) } });
      expect(body.issues).toHaveLength(20);
    });

    test('is UTF-8, with or without a byte order mark', async () => {
      const type = { 'content-type': 'application/json; charset="UTF-8"' };
      expect((await sendJson('/search', '\ufeff{"query":"Straße"}', type)).status).toBe(200);
      const utf16 = { 'content-type': 'application/json; charset=utf-16' };
      expectProblem(await sendJson('/search', '{"query":"a"}', utf16), 415, 'unsupported_media_type');
    });
  });

  test('that breaks off is nobody’s fault', async () => {
    const since = new Date().toISOString();
    const { hostname, port } = new URL(server.url);
    const types = ['application/json', 'multipart/form-data; boundary=x'];
    const sent = Array.from({ length: 20 }, async (_, nth) => {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      const head = [
        'POST /admin/documents HTTP/1.1',
        'Host: sallyport',
        `X-API-Key: ${server.key}`,
        `Content-Type: ${types[nth % 2]}`,
        'Content-Length: 100000',
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n${nth % 4 < 2 ? '{"text": "' : '--x\r\n'}`);
      await delay(nth * 3);
      socket.resetAndDestroy();
    });
    await Promise.all(sent);
    const { events } = await eventually(async () => {
      const { body } = await get(server, `/admin/audit?event=documents.create&since=${since}`);
      return body.events.length >= 10 && body;
    });
    for (const { status, outcome } of events) expect([status < 500, outcome]).toEqual([true, 'aborted']);
    expect(server.output()).not.toContain('a request failed');
  });

  describe('with documents', () => {
    test('may hold a text as large as an upload, and many documents with fields of their own', async () => {
      const text = 'The moat is deep. '.repeat(20_000);
      const { body } = await post(server, '/admin/documents', { text, title: 'Moats' });
      expect(body.documents).toMatchObject([{ title: 'Moats' }]);
      const documents = Array.from({ length: 300 }, (_, nth) => ({
        text: `The tower number ${nth} has ${nth} steps.`,
        title: `Tower ${nth}`,
        source: `towers/${nth}.md`,
        metadata: keys(8, 'x'.repeat(100)),
        groups: ['a', 'b'],
      }));
      const many = await post(server, '/admin/documents', { documents });
      expect([many.status, many.body.documents?.length]).toEqual([202, 300]);
    });

    test('has the bounds of others beside the texts', async () => {
      const metadata = { note: 'x'.repeat(300 * KIB) };
      const reply = await post(server, '/admin/documents', { text: 'a', metadata });
      expectProblem(reply, 413, 'too_large');
      expect(reply.body.detail).toBe(
        'The JSON is larger than 262144 bytes beside its texts: send fewer documents at once.',
      );
      expectProblem(
        await post(server, '/admin/documents', { text: 'a', groups: keys(2_000) }),
        400,
        'invalid_request',
      );
    });

    test('has them in the fields of a form as well', async () => {
      for (const metadata of [nested(3_000), JSON.stringify(keys(2_000))]) {
        const form = new FormData();
        form.append('file', new Blob(['The moat is deep.']), 'moat.txt');
        form.append('metadata', metadata);
        const reply = await send(server, 'POST', '/admin/documents', { form });
        expectProblem(reply, 400, 'invalid_request');
        expect(reply.body.issues).toEqual([
          { path: 'metadata', message: expect.stringMatching(/^The JSON/) },
        ]);
      }
    });

    test('that is 22 MB of nothing but wrong fields is refused at once, and costs nobody else anything', async () => {
      const fields = Array.from({ length: 1_500_000 }, (_, nth) => `"key${nth}":{}`).join();
      const wrong = `{"text":"a","metadata":{${fields}}}`;
      const before = peakBytes(server.pid);
      let answered: Reply | undefined;
      const asked = sendJson('/admin/documents', wrong).then((reply) => (answered = reply));
      const waits: number[] = [];
      while (!answered) {
        const started = performance.now();
        expect((await get(server, '/health')).status).toBe(200);
        waits.push(performance.now() - started);
        await delay(20);
      }
      await asked;
      expectProblem(answered, 400, 'invalid_request');
      expect(answered.body.detail).toMatch(/^The JSON has more than 1000 keys/);
      // It was most of a minute.
      expect(Math.max(...waits)).toBeLessThan(5_000);
      // The bytes themselves, a few times over, and the thread that looks at them.
      expect(peakBytes(server.pid) - before).toBeLessThan(300 * MIB);
    });

    test('is read in turns: a tenant with many large ones does not keep another waiting for them', async () => {
      const wrong = (sentences: number) =>
        JSON.stringify({ text: 'The moat is deep. '.repeat(sentences), title: 7 });
      const { key } = await makeKey(server, { tenant: 'other', scopes: ['ingest'] });
      const order: string[] = [];
      // Made before: what is sent must not wait for what is still being made.
      const [long, short] = [wrong(250_000), wrong(20_000)];
      const upload = (name: string, body: string, sent: object) =>
        send(server, 'POST', '/admin/documents', {
          body,
          headers: JSON_TYPE,
          ...sent,
        }).then((reply) => {
          expectProblem(reply, 400, 'invalid_request');
          order.push(name);
        });
      const many = Array.from({ length: 12 }, () => upload('many', long, {}));
      await Promise.race(many);
      // Just too long to be read without waiting for a turn.
      await Promise.all([...many, upload('one', short, { key })]);
      expect(order.at(-1)).toBe('many');
    });
  });
});

/** The most memory that the process ever had. */
function peakBytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * KIB;
}
