import { afterAll, afterEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asOwner } from '../support/databases.ts';
import { isAnswered, startCallers, type Ask } from '../support/callers.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, ingest, open, post } from '../support/http.ts';
import { askingForPasswords, guardedPostgres, guardedRedis } from '../support/guarded-stores.ts';
import { describeWithOwn } from '../support/own-services.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const secrets = mkdtempSync(join(tmpdir(), 'sallyport-rotation-'));
const write = (name: string, value: string): void => writeFileSync(join(secrets, name), value);
const env = { SECRETS_PROVIDER: 'file', SECRETS_DIR: secrets };
let server: RunningServer | undefined;
afterEach(async () => {
  await server?.stop();
  for (const name of ['database-url', 'redis-url']) rmSync(join(secrets, name), { force: true });
});
afterAll(() => rmSync(secrets, { recursive: true, force: true }));

const asking =
  (query: string): Ask =>
  (signal) =>
    open(server!, 'POST', '/search', { json: { query }, signal });
const reload = () => post(server!, '/admin/secrets/reload', undefined);
const enough = (callers: { outcomes: unknown[] }, more = 15) => {
  const before = callers.outcomes.length;
  return eventually(async () => callers.outcomes.length > before + more);
};

describeWithOwn('postgres', 'a password of Postgres that is rotated under requests', (start) => {
  test('no request fails, the old connections end, and a wrong one changes nothing', async () => {
    const postgres = await start({ settings: askingForPasswords(secrets) });
    const store = guardedPostgres(postgres);
    write('database-url', await store.admit('first'));
    server = await startServer({ env: { ...env, DATABASE_URL: postgres.url } });
    await ingest(server, [{ text: 'The portcullis is greased in May.' }]);
    const usersNow = async () => {
      const rows = await asOwner({ env: { DATABASE_URL: postgres.url } }, (sql) =>
        sql<{ usename: string }>(
          "select distinct usename::text from pg_stat_activity where application_name = 'sallyport'",
        ),
      );
      return rows.map(({ usename }) => usename);
    };
    expect(await usersNow()).toEqual(['first']);

    const callers = startCallers([1, 2, 3].map(() => asking('portcullis')));
    await enough(callers);
    write('database-url', await store.admit('second'));
    expect((await reload()).body).toEqual({ rotated: ['DATABASE_URL'] });
    await store.dismiss('first');
    await enough(callers);
    await eventually(async () => (await usersNow()).join() === 'second', { what: 'the end of the old' });

    const wrong = new URL(postgres.url);
    Object.assign(wrong, { username: 'second', password: 'swordfish' });
    write('database-url', wrong.href);
    expectProblem(await reload(), 503, 'unavailable');
    await enough(callers);
    const outcomes = await callers.stop();
    expect(outcomes.filter((outcome) => !isAnswered(outcome))).toEqual([]);
    expect(server.output()).not.toMatch(/swordfish|the-password-of/);
  });
});

describeWithOwn('redis', 'a password of Redis that is rotated under requests', (start) => {
  test('no request fails, and what was counted still counts', async () => {
    const redis = await start();
    const store = guardedRedis(redis);
    write('redis-url', await store.admit('first'));
    server = await startServer({
      env: { ...env, SECRETS_REFRESH_SECONDS: '1', RATE_LIMIT_PER_MINUTE: '500' },
    });
    await ingest(server, [{ text: 'The portcullis is greased in May.' }]);
    const remaining = async () => {
      const { headers } = await get(server!, '/admin/documents');
      return Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]);
    };
    const before = await remaining();
    const callers = startCallers([1, 2].map(() => asking('portcullis')));
    await enough(callers);
    // By the timer this time.
    write('redis-url', await store.admit('second'));
    await eventually(async () => server!.output().includes('secrets were reloaded'), { what: 'the timer' });
    await store.dismiss('first');
    await enough(callers);
    const outcomes = await callers.stop();
    expect(outcomes.filter((outcome) => !isAnswered(outcome))).toEqual([]);
    expect(await remaining()).toBeLessThanOrEqual(before - outcomes.length);
    expect((await get(server, '/ready')).body.checks.redis).toBe('ok');
  });
});
