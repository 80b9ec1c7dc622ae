import { afterEach, expect, test } from '@jest/globals';
import { outcomeOf, startCallers } from '../support/callers.ts';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { eventually, get, ingest, open, post } from '../support/http.ts';
import { expectConsistentIndex } from '../support/index-consistency.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { report } from './failure-table.ts';
import { FAILURES } from './failures.ts';
import { asking, expectTold, longestWait } from './served.ts';

/** Long enough that a job of five of them is under way for some time. */
const longText = (subject: string) =>
  Array.from(
    { length: 1_000 },
    (_, place) => `Paragraph ${place} on ${subject} says that ${place * 7} is a number.`,
  ).join('\n\n');
const SUBJECTS = ['rivers', 'bridges', 'harbours', 'canals', 'tides'];

describeOnEveryDatabase('a server that is killed in the middle of an ingest', (database) => {
  const servers: RunningServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0).reverse()) await server.stop();
  });
  const start = async (env: Record<string, string>): Promise<RunningServer> => {
    const server = await startServer({ env });
    servers.push(server);
    return server;
  };
  /** The embedded Postgres dies with its server, and the next one starts it again; a server has others beside it. */
  const isShared = database.name === 'Postgres server';

  test('leaves its job to another: every document is whole, and nothing is there twice', async () => {
    const env = await database.env();
    const first = await start(env);
    const withItsKeys = { ...first.env, ...env };
    const beside = isShared ? await start(withItsKeys) : undefined;
    await ingest(first, [{ text: 'The old text on tides.', source: 'tides' }]);
    const documents = SUBJECTS.map((subject) => ({ text: longText(subject), source: subject }));
    const { body: accepted } = await post(first, '/admin/documents', { documents });
    const job = `/admin/jobs/${accepted.job_id}`;
    const waiting = outcomeOf((signal) => open(first, 'GET', `${job}/events`, { signal }));
    const { done } = await eventually(async () => {
      const { body } = await get(first, job);
      return body.done > 0 && body;
    });
    await first.kill('SIGKILL');
    const killedAt = performance.now();
    expect(done).toBeLessThan(SUBJECTS.length);

    const other = beside ?? (await start(withItsKeys));
    // The embedded Postgres has one session: whoever asks all the time would only hold up the job.
    const callers = startCallers(isShared ? [asking(other).search] : []);
    const before = await post(other, '/search', { query: 'tides', filter: { source: 'tides' } });
    expect(before.body.chunks.length).toBeGreaterThan(0);
    await eventually(async () => (await get(other, job)).body.status === 'succeeded', {
      patienceMs: 90_000,
      what: 'the end of the job',
    });
    const backMs = performance.now() - killedAt;
    const others = await callers.stop();
    expectTold(FAILURES.killed, [await waiting, ...others]);
    if (isShared) report('killed', { waitedMs: longestWait(others), backMs });

    const listed = (await get(other, '/admin/documents')).body.documents as {
      source: string;
      status: string;
    }[];
    expect(listed.map(({ source, status }) => `${source} ${status}`).sort()).toEqual(
      SUBJECTS.map((subject) => `${subject} indexed`).sort(),
    );
    const texts = await asOwner(other, (sql) => sql('select source, text from documents'));
    expect(new Map(texts.map(({ source, text }) => [source, text]))).toEqual(
      new Map(documents.map(({ source, text }) => [source, text])),
    );
    await expectConsistentIndex(other);
    const left = await asOwner(other, (sql) => sql('select from job_documents where text is not null'));
    expect(left).toEqual([]);
  }, 180_000);
});
