import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { connectRedis, type Redis } from '../../../src/redis/connect-redis.ts';
import { STORE_PATIENCE_MS } from '../../../src/redis/in-time.ts';
import { describeWith } from '../../support/describe-with.ts';
import { eventually } from '../../support/http.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

const soon = STORE_PATIENCE_MS / 2;
const timed = async (work: Promise<unknown>): Promise<{ outcome: unknown; ms: number }> => {
  const started = performance.now();
  const outcome = await work.catch((error: unknown) => error);
  return { outcome, ms: performance.now() - started };
};

describeWith('TEST_REDIS_URL', 'the connection to Redis', (address) => {
  let proxy: TcpProxy;
  let redis: Redis;
  let logger: ReturnType<typeof recordingLogger>;
  const messages = () => logger.lines.map(({ message }) => message);
  const ping = async () => redis.send(['PING']);
  const connect = async (mayBeAway: boolean) => {
    logger = recordingLogger();
    redis = await connectRedis(proxy.url, { mayBeAway, logger });
  };
  const isBack = () => eventually(async () => !redis.isAway() && (await ping()) === 'PONG');

  beforeEach(async () => {
    proxy = await startTcpProxy(address);
    await connect(false);
  });
  afterEach(async () => {
    redis.close();
    await proxy.stop();
  });

  test('that was cut comes back by itself; both are said once, however often it was asked', async () => {
    await proxy.cut();
    await eventually(async () => redis.isAway());
    for (let turn = 0; turn < 5; turn += 1) {
      const { outcome, ms } = await timed(ping());
      expect(outcome).toBeInstanceOf(Error);
      expect(ms).toBeLessThan(soon);
    }
    await proxy.restore();
    await isBack();
    expect(messages()).toEqual(['redis is away', 'redis is back']);
  });

  test('that hangs is waited for once, by those who asked at that time', async () => {
    proxy.freeze();
    const first = await Promise.all([timed(ping()), timed(ping()), timed(ping())]);
    for (const { outcome, ms } of first) {
      expect(outcome).toBeInstanceOf(Error);
      expect(ms).toBeLessThan(STORE_PATIENCE_MS + soon);
    }
    for (let turn = 0; turn < 5; turn += 1) expect((await timed(ping())).ms).toBeLessThan(soon);
    await proxy.restore();
    await isBack();
    expect(messages()).toEqual(['redis is away', 'redis is back']);
  });

  test('is not there when it answers, and takes no writes', async () => {
    await redis.send(['ACL', 'SETUSER', 'reader', 'on', '>swordfish', '~*', '+@all', '-@write']);
    const asReader = new URL(address);
    asReader.username = 'reader';
    asReader.password = 'swordfish';
    const logger = recordingLogger();
    await expect(connectRedis(asReader.href, { mayBeAway: false, logger })).rejects.toMatchObject({
      code: 'unavailable',
      cause: { message: expect.stringContaining('NOPERM') },
    });
    await redis.send(['ACL', 'DELUSER', 'reader']);
  });
});

describe('a Redis that is not there at the start', () => {
  const nowhere = 'redis://:swordfish@127.0.0.1:1';

  test('is refused where it must be there', async () => {
    const logger = recordingLogger();
    await expect(connectRedis(nowhere, { mayBeAway: false, logger })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.not.stringContaining('swordfish'),
    });
    expect(logger.lines).toEqual([]);
  });

  test('is away where it may be', async () => {
    const logger = recordingLogger();
    const redis = await connectRedis(nowhere, { mayBeAway: true, logger });
    expect(redis.isAway()).toBe(true);
    expect(logger.lines).toMatchObject([{ level: 'warn', message: 'redis is away' }]);
    redis.close();
  });

  test('is given up when it accepts connections and says nothing', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await eventually(async () => mute.listening);
    const { port } = mute.address() as AddressInfo;
    const logger = recordingLogger();
    await expect(
      connectRedis(`redis://127.0.0.1:${port}`, { mayBeAway: false, logger }),
    ).rejects.toMatchObject({ code: 'unavailable' });
    mute.close();
  }, 15_000);
});
