import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import { eventually, post, send } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

const MB = 1024 * 1024;
const UPLOAD = 4 * MB;
const IN_FLIGHT = 16 * MB;

describe('the bodies that are in memory at once', () => {
  let server: RunningServer;
  beforeAll(async () => {
    const env = {
      ...JWT_ENV,
      MAX_UPLOAD_BYTES: String(UPLOAD),
      MAX_BYTES_IN_FLIGHT: String(IN_FLIGHT),
      EMBEDDING_PROVIDER: 'none',
      // Postgres is busy, and that is not what this is about.
      AUDIT_TIMEOUT_MS: '120000',
    };
    server = await startServer({ env });
  });
  afterAll(() => server.stop());

  /** Begins to send a body, and stops in the middle of it. */
  const begin = (tenant: string, subject: string, { path = '/admin/documents', bytes = UPLOAD } = {}) => {
    const headers = {
      authorization: `Bearer ${signToken({ tenant, sub: subject, scope: 'ingest query' })}`,
      'content-type': 'application/json',
      ...(bytes === Infinity ? { 'transfer-encoding': 'chunked' } : { 'content-length': bytes }),
    };
    const sending = request(server.url + path, { method: 'POST', headers });
    const answered = new Promise<{ status: number; retryAfter: string | undefined }>((tell) => {
      sending.on('response', (response) => {
        response.resume();
        tell({ status: response.statusCode!, retryAfter: response.headers['retry-after'] });
      });
      sending.on('error', () => tell({ status: 0, retryAfter: undefined }));
    });
    sending.write('{"text": "');
    return { sending, answered };
  };
  /** Begins, again and again until there is room, and is not answered then. */
  const hold = (...sent: Parameters<typeof begin>) =>
    eventually(async () => {
      const begun = begin(...sent);
      const silence = new Promise<'held'>((held) => setTimeout(() => held('held'), 1_000));
      return (await Promise.race([begun.answered, silence])) === 'held' && begun;
    });
  const end = (requests: { sending: ClientRequest }[]) => {
    for (const { sending } of requests) sending.destroy();
  };
  const search = (tenant: string) =>
    post(server, '/search', { query: 'oak' }, { token: signToken({ tenant, scope: 'query' }) });
  const ingest = (tenant: string) =>
    send(server, 'POST', '/admin/documents', {
      token: signToken({ tenant, sub: 'last', scope: 'ingest' }),
      json: { text: 'a'.repeat(MB) },
    });

  test('are bounded: what does not fit is refused before it is read, and fits once there is room', async () => {
    const held = await Promise.all(
      ['red', 'red', 'blue', 'blue'].map((tenant, place) => hold(tenant, `caller ${place}`)),
    );
    expect((await ingest('green')).status).toBe(503);
    const refused = begin('green', 'one');
    expect(await refused.answered).toEqual({ status: 503, retryAfter: '2' });
    // Uploads keep no question out.
    expect((await search('red')).status).toBe(200);
    end([...held, refused]);
    await eventually(async () => (await ingest('green')).status === 202, { what: 'the room' });
  });

  test('are at most half of one tenant', async () => {
    const held = [await hold('red', 'one'), await hold('red', 'two')];
    expect((await ingest('red')).status).toBe(503);
    expect(await begin('red', 'three').answered).toMatchObject({ status: 503 });
    expect((await ingest('blue')).status).toBe(202);
    end(held);
  });

  test('are at most a quarter of one caller', async () => {
    const held = await hold('red', 'one');
    expect(await begin('red', 'one', { bytes: MB }).answered).toMatchObject({ status: 503 });
    expect((await ingest('red')).status).toBe(202);
    end([held]);
  });

  test('count by their limit where their length is not told, and by what they were once they are read', async () => {
    const held = await hold('red', 'one', { bytes: Infinity });
    expect(await begin('red', 'one', { bytes: MB }).answered).toMatchObject({ status: 503 });
    held.sending.end('A short one."}');
    expect((await held.answered).status).toBe(202);
    end([await hold('red', 'one', { bytes: MB })]);
  });

  test('of a hundred uploads at once take memory in bounds, and all come in when refused ones are sent again', async () => {
    const peak = () =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) / 1024;
    const before = peak();
    let refusals = 0;
    const upload = async (place: number) => {
      const token = signToken({ tenant: `tenant ${place % 10}`, sub: `${place}`, scope: 'ingest' });
      const form = new FormData();
      form.set('file', new Blob([`Upload ${place}.${'\n'.repeat(3 * MB)}`]), 'a.txt');
      for (;;) {
        // Told in the middle of sending, fetch may break off before it has read the answer.
        const reply = await send(server, 'POST', '/admin/documents', { token, form }).catch(() => undefined);
        if (reply?.status === 202) return;
        expect([503, undefined]).toContain(reply?.status);
        if (reply) expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
        refusals += 1;
        await new Promise((wait) => setTimeout(wait, 500 + 20 * place));
      }
    };
    await Promise.all(Array.from({ length: 100 }, (_, place) => upload(place)));
    const grown = peak() - before;
    process.stdout.write(
      `100 uploads of 3 MB, ${IN_FLIGHT / MB} MB in flight: ${refusals} refused, memory grew by ${grown.toFixed(0)} MB\n`,
    );
    expect(refusals).toBeGreaterThan(0);
    // Some 200 MB: what parsers, drafts and the wire to Postgres make of 16. All 300 MB at once took over 400.
    expect(grown).toBeLessThan(350);
  }, 240_000);
});
