import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connectRedis } from '../../src/redis/connect-redis.ts';
import { STORE_PATIENCE_MS } from '../../src/redis/in-time.ts';
import { describeWith } from '../support/describe-with.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get } from '../support/http.ts';
import { recordingLogger } from '../support/recording-logger.ts';
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

    test('does not hold up each request when it hangs: it is waited for once', async () => {
      proxy.freeze();
      await get(server, '/admin/documents');
      const started = performance.now();
      for (let turn = 0; turn < 5; turn += 1)
        expectProblem(await get(server, '/admin/documents'), 503, 'unavailable');
      expect(performance.now() - started).toBeLessThan(STORE_PATIENCE_MS);
    });

    test('and forgot the scripts meanwhile, counts again', async () => {
      const redis = await connectRedis(address, { mayBeAway: false, logger: recordingLogger() });
      await redis.send(['SCRIPT', 'FLUSH']);
      redis.close();
      expect((await get(server, '/admin/documents')).status).toBe(200);
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

  describe('that goes away, with REDIS_DOWN=local', () => {
    let proxy: TcpProxy;
    let server: RunningServer;
    const isServed = async () => (await get(server, '/admin/documents')).status === 200;
    const said = (what: string) => server.output().split(what).length - 1;
    beforeEach(async () => {
      proxy = await startTcpProxy(address);
    });
    afterEach(async () => {
      await server.stop();
      await proxy.stop();
    });
    const start = async () => {
      const env = { REDIS_URL: proxy.url, REDIS_DOWN: 'local', RATE_LIMIT_PER_MINUTE: '4' };
      server = await startServer({ env });
    };

    test.each(['cut', 'freeze'] as const)(
      '(%s) is replaced by counting here until it is back',
      async (end) => {
        await start();
        const statuses = async (count: number) => {
          const all = [];
          for (let turn = 0; turn < count; turn += 1)
            all.push((await get(server, '/admin/documents')).status);
          return all;
        };
        expect(await statuses(4)).toEqual([200, 200, 200, 200]);
        await proxy[end]();
        const away = await eventually(async () => {
          const reply = await get(server, '/ready');
          return reply.body.checks.redis === 'unavailable' && reply;
        });
        // It goes on, so no load balancer may take it out of service.
        expect([away.status, away.body.status]).toEqual([200, 'degraded']);
        expect(await statuses(6)).toEqual([200, 200, 200, 200, 429, 429]);
        await proxy.restore();
        await eventually(async () => (await get(server, '/ready')).body.status === 'ok');
        // Four were counted there: it has been asked again.
        expect(await statuses(1)).toEqual([429]);
        expect([said('redis is away'), said('redis is back')]).toEqual([1, 1]);
      },
    );

    test('may be away at the start, and is used once it is there', async () => {
      await proxy.cut();
      await start();
      expect(await isServed()).toBe(true);
      expect((await get(server, '/ready')).body).toMatchObject({
        status: 'degraded',
        checks: { redis: 'unavailable' },
      });
      await proxy.restore();
      await eventually(async () => (await get(server, '/ready')).body.checks.redis === 'ok');
      const statuses = [];
      for (let turn = 0; turn < 5; turn += 1) statuses.push((await get(server, '/admin/documents')).status);
      expect(statuses).toEqual([200, 200, 200, 200, 429]);
    });
  });

  test('that is not there at the start is said in one line', async () => {
    const output = await startInVain({
      REDIS_URL: 'redis://:swordfish@127.0.0.1:1',
      START_TIMEOUT_SECONDS: '1',
    });
    expect(output.split('\n').filter((line) => line.startsWith('Sallyport cannot start'))).toHaveLength(1);
    expect(output).toMatch(/redis/i);
    expect(output).not.toContain('swordfish');
  });
});
