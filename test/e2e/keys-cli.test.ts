import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { eventually, get } from '../support/http.ts';
import { makeKey, searchStatus } from '../support/keys.ts';
import { inherited, startInVain, startServer, type RunningServer } from '../support/start-server.ts';

const CLI = join(import.meta.dirname, '..', '..', 'src', 'bin.js');
const NO_KEYS = { API_KEYS: '', ADMIN_API_KEYS: '' };
const KEY_LINE = /^sp_([a-f0-9]{12})_[A-Za-z0-9_-]{32}\n$/;

const sallyportKeys = async (env: Record<string, string>, ...args: string[]) => {
  const child = spawn(process.execPath, [CLI, 'keys', ...args], {
    cwd: process.env.TMPDIR,
    env: { ...inherited, NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { code: null as number | null, out: '', words: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.words += text));
  [printed.code] = (await once(child, 'close')) as [number | null];
  return printed;
};

describeOnEveryDatabase('sallyport keys', (database) => {
  describe('beside a running server', () => {
    let server: RunningServer;
    const keys = (...args: string[]) => sallyportKeys(server.env, ...args);
    beforeAll(async () => (server = await startServer({ env: await database.env() })));
    afterAll(() => server.stop());

    test('makes a key that opens at once; on standard output there is the key alone', async () => {
      const { code, out, words } = await keys(
        'create',
        ...['--name', 'by hand', '--scope', 'query', '--scope', 'ingest', '--tenant', 'red', '--group', 'a'],
        ...['--group', 'b', '--expires-at', '2090-01-01T00:00:00Z'],
        ...['--requests-per-minute', '90', '--budget-usd-per-day', '1.5'],
      );
      expect(out).toMatch(KEY_LINE);
      expect([code, words]).toEqual([0, expect.stringContaining(KEY_LINE.exec(out)![1]!)]);
      expect(words).not.toContain(out.trim());
      expect(await searchStatus(server, { key: out.trim() })).toBe(200);
      const { keys: listed } = (await get(server, '/admin/keys')).body;
      expect(listed[0]).toMatchObject({
        id: KEY_LINE.exec(out)![1],
        name: 'by hand',
        tenant: 'red',
        scopes: ['query', 'ingest'],
        groups: ['a', 'b'],
        expires_at: '2090-01-01T00:00:00.000Z',
        requests_per_minute: 90,
        budget_usd_per_day: 1.5,
      });
    });

    test('lists the keys of every tenant or of one, and steers no terminal', async () => {
      const red = await makeKey(server, { tenant: 'red', name: 'clear\u001b[2Jscreen' });
      const blue = await makeKey(server, { tenant: 'blue' });
      const all = await keys('list');
      expect([all.code, all.words]).toEqual([0, '']);
      for (const { id } of [red, blue]) expect(all.out).toContain(id);
      expect(all.out).not.toContain('\u001b');
      expect(all.out).not.toContain(red.key.split('_').slice(2).join('_'));
      const ofBlue = (await keys('list', '--tenant', 'blue')).out;
      expect([ofBlue.includes(blue.id), ofBlue.includes(red.id)]).toEqual([true, false]);
    });

    test('rotates a key with an overlap, and without', async () => {
      const { id, key: first } = await makeKey(server, { tenant: 'red' });
      const second = (await keys('rotate', id, '--overlap-seconds', '600')).out.trim();
      expect(second).toMatch(new RegExp(`^sp_${id}_`));
      for (const key of [first, second]) expect(await searchStatus(server, { key })).toBe(200);
      const third = (await keys('rotate', id)).out.trim();
      expect(await searchStatus(server, { key: third })).toBe(200);
      await eventually(async () => (await searchStatus(server, { key: second })) === 401, {
        patienceMs: 1_000,
      });
    });

    test('revokes a key, which the running server refuses within a second', async () => {
      const { id, key } = await makeKey(server, { tenant: 'red' });
      expect(await searchStatus(server, { key })).toBe(200);
      expect(await keys('revoke', id)).toMatchObject({ code: 0, out: '' });
      await eventually(async () => (await searchStatus(server, { key })) === 401, { patienceMs: 1_000 });
      expect(await keys('rotate', id)).toMatchObject({ code: 1, out: '' });
    });
  });

  test('makes the first key of a server in production, which does not start without one', async () => {
    const env = { ...(await database.env()), ...NO_KEYS, NODE_ENV: 'production' };
    expect(await startInVain(env)).toContain('sallyport keys create');
    const { code, out } = await sallyportKeys(env, 'create', '--name', 'first', '--scope', 'admin');
    expect(code).toBe(0);
    const server = await startServer({ env });
    const { status, body } = await get(server, '/admin/keys', { key: out.trim() });
    await server.stop();
    expect([status, body.keys.length]).toEqual([200, 1]);
    expect(server.output()).not.toContain('development key');
    expect((await sallyportKeys(env, 'revoke', body.keys[0].id)).code).toBe(0);
    expect(await startInVain(env)).toContain('sallyport keys create');
  });
});

describe('sallyport keys, wrongly asked', () => {
  const nowhere = { DATABASE_URL: 'postgres://someone:swordfish@127.0.0.1:1/none' };

  test.each([
    [[]],
    [['destroy']],
    [['create']],
    [['create', '--name', 'a', '--colour', 'red']],
    [['rotate']],
    [['rotate', 'a', 'b']],
  ])('%j ends with 2 and says how it is asked', async (args) => {
    const { code, out, words } = await sallyportKeys(nowhere, ...args);
    expect([code, out]).toEqual([2, '']);
    expect(words).toMatch(/sallyport keys create|^sallyport: .+; see sallyport( keys)? --help\n$/);
  });

  test.each([
    [['create', '--name', 'a', '--scope', 'everything'], '--scope'],
    [['create', '--name', 'a', '--expires-at', '2020-01-01T00:00:00Z'], '--expires-at'],
    [['create', '--name', 'a', '--requests-per-minute', 'many'], '--requests-per-minute'],
    [['create', '--name', 'a', '--budget-usd-per-day', ''], '--budget-usd-per-day'],
    [['rotate', 'ffffffffffff', '--overlap-seconds', '1.5'], '--overlap-seconds'],
    [['list'], 'database'],
  ])('%j ends with 1 and one line about %s', async (args, about) => {
    const { code, out, words } = await sallyportKeys(nowhere, ...args);
    expect([code, out]).toEqual([1, '']);
    expect(words).toMatch(/^sallyport: .+\n$/);
    expect(words).toContain(about);
    expect(words).not.toContain('swordfish');
  });
});
