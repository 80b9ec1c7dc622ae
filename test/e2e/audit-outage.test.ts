import { afterEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, ingest, post } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const SEARCH = { query: 'When does the bridge open?' };

describeOnEveryDatabase('an audit log that cannot be written', (database) => {
  if (database.name === 'embedded Postgres') {
    test.skip('left out: the embedded Postgres has one session, which cannot wait for itself', () =>
      undefined);
    return;
  }
  let server: RunningServer;
  let blocker: pg.Client;
  afterEach(async () => {
    await blocker.end();
    await server.stop();
  });
  /** Whoever wants to append waits for as long as this is held. */
  const blockWriting = async () => {
    blocker = new pg.Client(server.env.DATABASE_URL);
    await blocker.connect();
    await blocker.query('begin; lock table sallyport.audit_events in access exclusive mode');
  };
  const start = async (env: Record<string, string>) => {
    server = await startServer({ env: { ...(await database.env()), AUDIT_TIMEOUT_MS: '400', ...env } });
    await ingest(server, [{ text: 'The bridge opens at five.' }]);
    await blockWriting();
  };
  const eventsOf = async (requestId: string): Promise<Record<string, unknown>[]> => {
    const { body } = await get(server, '/admin/audit?limit=200');
    return body.events.filter((event: { request_id?: string }) => event.request_id === requestId);
  };

  test('refuses what must be recorded, answers probes, and loses nothing', async () => {
    await start({});
    const refused = await post(server, '/search', SEARCH);
    expectProblem(refused, 503, 'unavailable');
    expect(refused.body.chunks).toBeUndefined();
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expectProblem(await post(server, '/search', SEARCH, { key: null }), 401, 'unauthenticated');
    expect((await get(server, '/health')).status).toBe(200);
    await blocker.query('rollback');
    await eventually(async () => (await post(server, '/search', SEARCH)).status === 200);
    // What was done, and what was told.
    const [told, done] = await eventsOf(refused.headers.get('x-request-id')!);
    expect(done).toMatchObject({ outcome: 'success', status: 200, documents: [expect.any(String)] });
    expect(told).toMatchObject({ outcome: 'failure', status: 503, code: 'unavailable' });
  });

  test('with AUDIT_ON_FAILURE=warn answers all the same, says so in the log, and catches up', async () => {
    await start({ AUDIT_ON_FAILURE: 'warn' });
    const answered = await post(server, '/search', SEARCH);
    expect(answered.status).toBe(200);
    await eventually(() => Promise.resolve(server.output().includes('audit')));
    await blocker.query('rollback');
    await eventually(async () => (await eventsOf(answered.headers.get('x-request-id')!)).length === 1);
  });

  test('refuses at once when too many events wait, and says later how many were not recorded', async () => {
    await start({ AUDIT_BUFFER_EVENTS: '5' });
    const replies = await Promise.all(Array.from({ length: 20 }, () => post(server, '/search', SEARCH)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([503]));
    await blocker.query('rollback');
    await eventually(async () => (await post(server, '/search', SEARCH)).status === 200);
    await eventually(async () => {
      const { body } = await get(server, '/admin/audit?event=audit.lost');
      return body.events.length > 0 && body.events[0].count > 0;
    });
    expect((await get(server, '/admin/audit/verify')).body.ok).toBe(true);
  });
});
