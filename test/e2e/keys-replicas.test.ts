import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, post, remove, type Reply, type Sent } from '../support/http.ts';
import { makeKey, searchStatus } from '../support/keys.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const ROUNDS = 8;

describeOnEveryDatabase('API keys, of two processes on one database', (database) => {
  let one: RunningServer;
  let two: RunningServer;
  beforeAll(async () => {
    one = await startServer({ env: await database.env() });
    two = await startServer({ env: one.env });
  });
  afterAll(async () => {
    await two.stop();
    await one.stop();
  });

  /** Uses the credentials at the second process without a pause; how long they open after `end` was answered by the first, ms. */
  const openAfter = async (sent: Sent, end: () => Promise<unknown>): Promise<number> => {
    expect(await searchStatus(two, sent)).toBe(200);
    let lastOpenAt = -Infinity;
    const inUse = eventually(async () => {
      const sentAt = performance.now();
      if ((await searchStatus(two, sent)) === 401) return true;
      lastOpenAt = sentAt;
      return false;
    });
    await end();
    const endedAt = performance.now();
    await inUse;
    return Math.max(0, Math.round(lastOpenAt - endedAt));
  };
  const report = (what: string, times: number[]) => {
    console.log(`${database.name}: ${what} opened elsewhere for another ${times.join(', ')} ms`);
    expect(Math.max(...times)).toBeLessThan(1_000);
  };

  test('a key that one revokes is refused by the other within a second', async () => {
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id, key } = await makeKey(one);
      times.push(await openAfter({ key }, () => remove(one, `/admin/keys/${id}`)));
    }
    report('a revoked key', times);
  });

  test('a secret that one rotates away is refused by the other within a second, and the new one opens there at once', async () => {
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id, key } = await makeKey(one);
      let rotated: Reply['body'];
      const rotate = async () => (rotated = (await post(one, `/admin/keys/${id}/rotate`, {})).body);
      times.push(await openAfter({ key }, rotate));
      expect(await searchStatus(two, { key: rotated.key })).toBe(200);
      // The other process has just looked the key up, and must not refuse by what it saw then.
      const again = (await post(one, `/admin/keys/${id}/rotate`, {})).body;
      expect(await searchStatus(two, { key: again.key })).toBe(200);
    }
    report('a rotated secret', times);
  });

  test('a token of one is good at the other, and dies with its key within a second', async () => {
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id, key } = await makeKey(one);
      const token = (await post(one, '/token', { client_id: id, client_secret: key }, { key: null })).body
        .access_token;
      times.push(await openAfter({ token }, () => remove(one, `/admin/keys/${id}`)));
    }
    report('a token of a revoked key', times);
  });

  if (database.name === 'embedded Postgres') return;

  describe('while the database is away', () => {
    let proxy: TcpProxy;
    let server: RunningServer;
    beforeAll(async () => {
      proxy = await startTcpProxy(one.env.DATABASE_URL!);
      // Else a request that cannot be recorded is refused, whoever sends it.
      const env = { ...one.env, DATABASE_URL: proxy.url, AUDIT_ON_FAILURE: 'warn' };
      server = await startServer({ env });
    });
    afterAll(async () => {
      await server.stop();
      await proxy.stop();
    });

    test('no stored key opens from memory, none is called wrong, and the keys of the settings still open', async () => {
      const { id, key } = await makeKey(one);
      const { access_token: token } = (await post(one, '/token', { client_id: id, client_secret: key })).body;
      const check = (sent: Sent) => post(server, '/guardrails/check', { text: 'a' }, sent);
      expect((await check({ key })).status).toBe(200);
      await proxy.cut();
      await eventually(async () => (await check({ key })).status === 503);
      for (const sent of [{ key }, { token }, { key: `sp_ffffffffffff_${'A'.repeat(32)}` }]) {
        const reply = await check(sent);
        expectProblem(reply, 503, 'unavailable');
        expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expect((await check({ key: server.queryKey })).status).toBe(200);
      expectProblem(await check({ key: 'a key that nobody has ever had' }), 401, 'unauthenticated');
      expectProblem(await get(server, '/admin/keys'), 503, 'unavailable');
      await proxy.restore();
      await eventually(async () => (await check({ key })).status === 200, { what: 'recovery' });
    });
  });
});
