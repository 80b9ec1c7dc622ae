import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWith } from '../support/describe-with.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get } from '../support/http.ts';
import { startInVain, startServer, type RunningServer } from '../support/start-server.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

describeWith('TEST_REDIS_URL', 'with Redis', (address) => {
  test('two servers count together: a limit holds whichever of them is asked', async () => {
    const one = await startServer({ env: { REDIS_URL: address, RATE_LIMIT_PER_MINUTE: '6' } });
    const two = await startServer({ env: { ...one.env, DATA_DIR: `${one.env.DATA_DIR!}/two` } });
    const statuses = [];
    for (const server of [one, two, one, two, one, two, one, two])
      statuses.push((await get(server, '/admin/documents')).status);
    await two.stop();
    await one.stop();
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
  });

  describe('that goes away', () => {
    let proxy: TcpProxy;
    let server: RunningServer;
    beforeAll(async () => {
      proxy = await startTcpProxy(address);
      server = await startServer({ env: { REDIS_URL: proxy.url, RATE_LIMIT_PER_MINUTE: '1000' } });
    });
    afterEach(async () => {
      await proxy.restore();
      await eventually(async () => (await get(server, '/admin/documents')).status === 200, {
        what: 'recovery',
      });
    });
    afterAll(async () => {
      await server.stop();
      await proxy.stop();
    });

    const expectClosed = async () => {
      const signal = AbortSignal.timeout(10_000);
      const reply = await get(server, '/admin/documents', { signal });
      expectProblem(reply, 503, 'unavailable');
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
      expectProblem(await get(server, '/admin/documents', { key: null, signal }), 503, 'unavailable');
    };

    test('closes the door: what cannot be counted is not let in', async () => {
      expect((await get(server, '/ready')).body).toMatchObject({ status: 'ok', checks: { redis: 'ok' } });
      await proxy.cut();
      await expectClosed();
    });

    test('closes the door as well when it accepts connections and says nothing', async () => {
      proxy.freeze();
      await expectClosed();
    });

    test('leaves the server alive, and not ready', async () => {
      await proxy.cut();
      await eventually(async () => {
        const { status, body } = await get(server, '/ready');
        return status === 503 && body.checks?.redis === 'unavailable';
      });
      expect((await get(server, '/health')).status).toBe(200);
    });
  });

  test('that is not there at the start is said in one line', async () => {
    const output = await startInVain({ REDIS_URL: 'redis://:swordfish@127.0.0.1:1' });
    expect(output.split('\n').filter((line) => line.startsWith('Sallyport cannot start'))).toHaveLength(1);
    expect(output).toMatch(/redis/i);
    expect(output).not.toContain('swordfish');
  });
});
