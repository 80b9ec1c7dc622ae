import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, ingest, post } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const PATH = '/admin/log-level';

describe('the level of the log', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ env: { NODE_ENV: 'production', LOG_LEVEL: 'error' } });
    await ingest(server, [{ text: 'The bridge opens at noon.' }]);
  });
  afterAll(() => server.stop());

  const lines = () =>
    server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const requests = (id: string) =>
    lines().filter(({ message, requestId }) => message === 'request' && requestId === id);
  const ask = async (requestId: string) => {
    const headers = { 'x-request-id': requestId };
    expect((await post(server, '/query', { query: 'When?' }, { headers })).status).toBe(200);
  };

  test('is what the setting says, until an admin changes it for this process; both changes are logged', async () => {
    expect((await get(server, PATH)).body).toEqual({ level: 'error' });
    await ask('before-the-change');
    expect((await post(server, PATH, { level: 'http' })).body).toEqual({ level: 'http' });
    expect((await get(server, PATH)).body).toEqual({ level: 'http' });
    await ask('while-it-says-more');
    await eventually(async () => requests('while-it-says-more').length === 1, { what: 'the line' });
    await post(server, PATH, { level: 'error' });
    await ask('after-the-change');
    await get(server, PATH);
    expect(requests('before-the-change')).toEqual([]);
    expect(requests('after-the-change')).toEqual([]);
    expect(lines().filter(({ message }) => message === 'the log level is changed')).toMatchObject([
      {
        level: 'warn',
        before: 'error',
        after: 'http',
        keyId: expect.any(String),
        requestId: expect.any(String),
      },
      { level: 'warn', before: 'http', after: 'error' },
    ]);
  });

  test('is not changed to what is no level', async () => {
    for (const json of [{ level: 'loud' }, { level: 1 }, {}, { level: 'info', forever: true }])
      expectProblem(await post(server, PATH, json), 400, 'invalid_request');
    expect((await get(server, PATH)).body).toEqual({ level: 'error' });
  });

  test('is nobody’s but an admin’s of the whole server', async () => {
    const { body } = await post(server, '/admin/keys', {
      name: 'of a tenant',
      tenant: 'acme',
      scopes: ['admin'],
    });
    for (const key of [body.key as string, server.queryKey]) {
      expectProblem(await get(server, PATH, { key }), 403, 'forbidden');
      expectProblem(await post(server, PATH, { level: 'silly' }, { key }), 403, 'forbidden');
    }
    expectProblem(await post(server, PATH, { level: 'silly' }, { key: null }), 401, 'unauthenticated');
    expect((await get(server, PATH)).body).toEqual({ level: 'error' });
  });
});
