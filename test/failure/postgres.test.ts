import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startCallers, type Outcome } from '../support/callers.ts';
import { eventually, get, open, post } from '../support/http.ts';
import { expectConsistentIndex } from '../support/index-consistency.ts';
import { describeWithOwn } from '../support/own-services.ts';
import type { OwnService } from '../support/services/service.ts';
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

const AWAY_MS = 1_500;

describeWithOwn('postgres', 'a Postgres in trouble', (start) => {
  let postgres: OwnService;
  let served: Served;
  beforeAll(async () => {
    postgres = await start({ settings: { max_connections: 20 } });
    served = await startServed({ DATABASE_URL: postgres.url });
  });
  afterAll(() => served.stop());

  let nth = 0;
  /** Each asks for something else that needs the database; the last hands in a document that nobody else has. */
  const everybody = () => {
    const { whole, streamed, search } = asking(served.server);
    const upload = (signal: AbortSignal) => {
      nth += 1;
      const json = { text: `Shelf number${nth} of the archive.`, source: `shelf/${nth}` };
      return open(served.server, 'POST', '/admin/documents', { json, signal });
    };
    return [whole, streamed, search, upload];
  };

  const expectNothingLost = async (outcomes: Outcome[]) => {
    const { server, provider } = served;
    const accepted = outcomes.filter(({ told }) => told === '202').map(({ body }) => body.documents[0].id);
    expect(accepted.length).toBeGreaterThan(0);
    // All that there are, be they accepted or not: none is half there.
    const documents = await eventually(
      async () => {
        const { body } = await get(server, '/admin/documents?limit=200');
        const all = body.documents as { id: string; status: string; source: string }[];
        return all.every(({ status }) => status === 'indexed') && all;
      },
      { patienceMs: 40_000, what: 'the end of every job' },
    );
    expect(documents.map(({ id }) => id)).toEqual(expect.arrayContaining(accepted));
    const { id, source } = documents.find((document) => accepted.includes(document.id))!;
    const query = `number${source.split('/')[1]!}`;
    const found = (await post(server, '/search', { query, filter: { source } })).body.chunks;
    expect(found).toMatchObject([{ document_id: id }]);
    await expectConsistentIndex(server);
    await expectOnRecord(server, outcomes);
    expect((await usageWhenSettled(server)).requests).toBe(provider.chats().length);
  };

  test('that is stopped and started again', async () => {
    const callers = startCallers(everybody());
    await eventually(async () => callers.outcomes.length > 8);
    await postgres.stop();
    await delay(AWAY_MS);
    await expectAlive(served.server);
    await postgres.start();
    const backMs = await timeUntilAnswered(everybody());
    const outcomes = await callers.stop();
    expectTold(FAILURES.postgresRestarts, outcomes);
    report('postgresRestarts', { waitedMs: longestWait(outcomes), backMs });
    await expectNothingLost(outcomes);
  }, 120_000);

  test('that has no connection left', async () => {
    const callers = startCallers(everybody());
    await eventually(async () => callers.outcomes.length > 8);
    const giveBack = await takeEveryConnection(postgres.url);
    await delay(AWAY_MS);
    await expectAlive(served.server);
    await giveBack();
    const backMs = await timeUntilAnswered(everybody());
    const outcomes = await callers.stop();
    expectTold(FAILURES.postgresIsFull, outcomes);
    report('postgresIsFull', { waitedMs: longestWait(outcomes), backMs });
    await expectNothingLost(outcomes);
  }, 120_000);
});

const TAKEN = 'taken';

/** Connects until Postgres refuses, and takes over Sallyport's own connections too. */
const takeEveryConnection = async (url: string): Promise<() => Promise<void>> => {
  const held: pg.Client[] = [];
  const isFull = async () => {
    const client = new pg.Client({ connectionString: url, application_name: TAKEN });
    client.on('error', () => undefined);
    const refused = await client.connect().then(
      () => false,
      () => true,
    );
    if (!refused) held.push(client);
    return refused;
  };
  const ended = async () => {
    const others = "backend_type = 'client backend' and application_name <> $1";
    const text = `select pg_terminate_backend(pid) from pg_stat_activity where ${others}`;
    return (await held[0]!.query(text, [TAKEN])).rowCount!;
  };
  do while (!(await isFull()));
  while ((await ended()) > 0);
  return async () => {
    await Promise.all(held.map((client) => client.end()));
  };
};
