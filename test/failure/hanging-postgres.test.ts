import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startCallers } from '../support/callers.ts';
import { describeWith } from '../support/describe-with.ts';
import { makeDatabase, type FreshDatabase } from '../support/fresh-database.ts';
import { eventually } from '../support/http.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { report } from './failure-table.ts';
import { FAILURES } from './failures.ts';
import {
  asking,
  expectAlive,
  expectOnRecord,
  expectTold,
  longestWait,
  startServed,
  timeUntilAnswered,
  usageWhenSettled,
  type Served,
} from './served.ts';

const AROUND = 6;

describeWith('TEST_DATABASE_URL', 'a Postgres that hangs', (address) => {
  let database: FreshDatabase;
  let proxy: TcpProxy;
  let served: Served;
  beforeAll(async () => {
    database = await makeDatabase(address);
    proxy = await startTcpProxy(database.url);
    served = await startServed({ DATABASE_URL: proxy.url });
  });
  afterAll(async () => {
    await served.stop();
    await proxy.stop();
    await database.drop();
  });

  test('is not waited for without end', async () => {
    const { whole, streamed, search } = asking(served.server);
    proxy.freeze();
    const callers = startCallers([whole, streamed, search]);
    await eventually(async () => callers.outcomes.length > AROUND, { what: 'the refusals' });
    await expectAlive(served.server);
    await proxy.restore();
    const backMs = await timeUntilAnswered([whole, streamed, search]);
    const outcomes = await callers.stop();
    expectTold(FAILURES.postgresHangs, outcomes);
    report('postgresHangs', { waitedMs: longestWait(outcomes), backMs });
    await expectOnRecord(served.server, outcomes);
    expect((await usageWhenSettled(served.server)).requests).toBe(served.provider.chats().length);
  }, 120_000);
});
