import { afterEach, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { outcomeOf, startCallers } from '../support/callers.ts';
import { eventually, get, post } from '../support/http.ts';
import { makeKey } from '../support/keys.ts';
import { describeWithOwn } from '../support/own-services.ts';
import type { OwnService } from '../support/services/service.ts';
import { report } from './failure-table.ts';
import { FAILURES } from './failures.ts';
import {
  asking,
  expectOnRecord,
  expectTold,
  longestWait,
  startServed,
  timeUntilAnswered,
  usageWhenSettled,
  type Served,
} from './served.ts';

const AWAY_MS = 1_500;

describeWithOwn('redis', 'a Redis that ends and comes back with nothing in it', (start) => {
  let redis: OwnService;
  let served: Served;
  afterEach(() => served.stop());

  const serveWith = async (policy: 'deny' | 'local') => {
    redis = await start();
    served = await startServed({ REDIS_URL: redis.url, REDIS_DOWN: policy });
  };
  const everybody = () => {
    const { whole, streamed, search } = asking(served.server);
    return [whole, streamed, search];
  };
  const redisIs = (state: string) =>
    eventually(async () => (await get(served.server, '/ready')).body.checks.redis === state, {
      what: `the end of the wait for a Redis that is ${state}`,
    });

  /** Takes it away from callers and gives it back; `meanwhile` looks at what the server then does. */
  const takeAway = async (meanwhile: () => Promise<void>) => {
    const callers = startCallers(everybody());
    await eventually(async () => callers.outcomes.length > 6);
    await redis.stop();
    await redisIs('unavailable');
    await meanwhile();
    await delay(AWAY_MS);
    await redis.start();
    const startedAt = performance.now();
    await timeUntilAnswered(everybody());
    await redisIs('ok');
    const backMs = performance.now() - startedAt;
    return { outcomes: await callers.stop(), backMs };
  };
  /** Also what was spent by the calls that Redis has forgotten, and while it was away. */
  const expectSpentIsKnown = async () => {
    const { server, provider } = served;
    const { requests, cost_usd, budgetSpentUsd } = await usageWhenSettled(server);
    expect(requests).toBe(provider.chats().length);
    expect(budgetSpentUsd).toBeCloseTo(cost_usd, 9);
  };

  test('is a closed door with REDIS_DOWN=deny', async () => {
    await serveWith('deny');
    const { outcomes, backMs } = await takeAway(async () => {
      const wrongKey = await post(served.server, '/search', { query: 'a' }, { key: 'not-a-key-of-anybody' });
      expect([wrongKey.status, (await get(served.server, '/ready')).status]).toEqual([503, 503]);
    });
    expectTold(FAILURES.redisDeny, outcomes);
    report('redisDeny', { waitedMs: longestWait(outcomes), backMs });
    await expectOnRecord(served.server, outcomes);
    await expectSpentIsKnown();
  }, 120_000);

  test('is replaced by counting in the process with REDIS_DOWN=local', async () => {
    await serveWith('local');
    const { key } = await makeKey(served.server, { requests_per_minute: 3 });
    const { search } = asking({ ...served.server, key });
    const { outcomes, backMs } = await takeAway(async () => {
      const told = [];
      for (let turn = 0; turn < 5; turn += 1) told.push((await outcomeOf(search)).told);
      expect(told).toEqual(['200', '200', '200', '429 rate_limited', '429 rate_limited']);
    });
    expectTold(FAILURES.redisLocal, outcomes);
    report('redisLocal', { waitedMs: longestWait(outcomes), backMs });
    await expectOnRecord(served.server, outcomes);
    await expectSpentIsKnown();
  }, 120_000);
});
