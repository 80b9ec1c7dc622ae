import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeOnEveryDatabase, type TestDatabase } from '../support/databases.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, ingest, post, send } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const NOBODYS_ID = '00000000-0000-4000-8000-000000000000';

describeOnEveryDatabase('a database that is away', (database) => {
  if (database.name === 'embedded Postgres') {
    endsWithItsProcess(database);
    return;
  }
  let proxy: TcpProxy;
  let server: RunningServer;
  beforeAll(async () => {
    const env = await database.env();
    proxy = await startTcpProxy(env.DATABASE_URL!);
    server = await startServer({ env: { DATABASE_URL: proxy.url } });
    await ingest(server, [{ text: 'The bridge opens at noon.' }]);
  });
  afterEach(async () => {
    await proxy.restore();
    await eventually(async () => (await get(server, '/ready')).status === 200, { what: 'recovery' });
  });
  afterAll(async () => {
    await server.stop();
    await proxy.stop();
  });

  test('makes every route that needs it a 503 that says when to come back', async () => {
    await proxy.cut();
    for (const [method, path, json] of [
      ['POST', '/query', { query: 'When does the bridge open?' }],
      ['POST', '/search', { query: 'bridge' }],
      ['POST', '/admin/documents', { text: 'a' }],
      ['GET', '/admin/documents', undefined],
      ['GET', `/admin/documents/${NOBODYS_ID}`, undefined],
      ['DELETE', `/admin/documents/${NOBODYS_ID}`, undefined],
      ['GET', `/admin/jobs/${NOBODYS_ID}`, undefined],
      ['GET', `/admin/jobs/${NOBODYS_ID}/events`, undefined],
    ] as const) {
      const reply = await send(server, method, path, { json });
      expectProblem(reply, 503, 'unavailable');
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(JSON.stringify(reply.body)).not.toMatch(/127\.0\.0\.1|ECONN|postgres/);
    }
  });

  test('refuses a stream before it begins, with a status of its own', async () => {
    await proxy.cut();
    const streamed = { query: 'When does the bridge open?', stream: true };
    expectProblem(await post(server, '/query', streamed), 503, 'unavailable');
  });

  test('leaves the server alive, and not ready', async () => {
    await proxy.cut();
    expect((await get(server, '/health')).body).toEqual({ status: 'ok' });
    const { status, body } = await get(server, '/ready');
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: 'degraded', checks: { postgres: 'unavailable' } });
  });

  test('is found again when it is back, and what was ingested is still there', async () => {
    await proxy.cut();
    expectProblem(await post(server, '/search', { query: 'bridge' }), 503, 'unavailable');
    await proxy.restore();
    await eventually(async () => (await post(server, '/search', { query: 'bridge' })).status === 200);
    expect((await post(server, '/search', { query: 'bridge' })).body.chunks).toHaveLength(1);
  });
});

/** The embedded one is a process of its own, which nobody starts again but the next start of the server. */
function endsWithItsProcess(database: TestDatabase) {
  test('makes requests a 503, leaves the server alive and not ready, and lets it stop', async () => {
    const server = await startServer({ env: await database.env() });
    const { postgres } = JSON.parse(readFileSync(join(server.env.DATA_DIR!, 'postgres.json'), 'utf8'));
    process.kill(postgres, 'SIGKILL');
    await eventually(async () => (await get(server, '/ready')).body.checks?.postgres === 'unavailable');
    expectProblem(await post(server, '/search', { query: 'a' }), 503, 'unavailable');
    expect((await get(server, '/health')).status).toBe(200);
    expect(await server.kill('SIGTERM')).toBe(0);
    await server.stop();
  });
}
