import { afterEach, expect, test } from '@jest/globals';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { eventually, get, ingest, post } from '../support/http.ts';
import { expectConsistentIndex } from '../support/index-consistency.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

/** Long enough that a job of five of them is under way for a second or so. */
const longText = (subject: string) =>
  Array.from(
    { length: 2_500 },
    (_, place) => `Paragraph ${place} on ${subject} says that ${place * 7} is a number.`,
  ).join('\n\n');
const SUBJECTS = ['rivers', 'bridges', 'harbours', 'canals', 'tides'];

describeOnEveryDatabase('a server that is killed in the middle of an ingest', (database) => {
  let server: RunningServer | undefined;
  afterEach(() => server?.stop());

  test('takes the job up again: every document is whole, and nothing is there twice', async () => {
    const env = await database.env();
    const first = await startServer({ env });
    await ingest(first, [{ text: 'The old text on tides.', source: 'tides' }]);
    const documents = SUBJECTS.map((subject) => ({ text: longText(subject), source: subject }));
    const { body: accepted } = await post(first, '/admin/documents', { documents });
    const { done } = await eventually(async () => {
      const { body } = await get(first, `/admin/jobs/${accepted.job_id}`);
      return body.done > 0 && body;
    });
    await first.kill('SIGKILL');
    expect(done).toBeLessThan(SUBJECTS.length);

    const keys = { ADMIN_API_KEYS: first.key };
    server = await startServer({ env: { ...first.env, ...env, ...keys } });
    const again = server;
    const before = await post(again, '/search', { query: 'tides', filter: { source: 'tides' } });
    expect(before.body.chunks.length).toBeGreaterThan(0);
    await eventually(
      async () => (await get(again, `/admin/jobs/${accepted.job_id}`)).body.status === 'succeeded',
      {
        patienceMs: 50_000,
        what: 'the end of the job',
      },
    );
    const listed = (await get(again, '/admin/documents')).body.documents as {
      source: string;
      status: string;
    }[];
    expect(listed.map(({ source, status }) => `${source} ${status}`).sort()).toEqual(
      SUBJECTS.map((subject) => `${subject} indexed`).sort(),
    );
    const texts = await asOwner(again, (sql) => sql('select source, text from documents'));
    expect(new Map(texts.map(({ source, text }) => [source, text]))).toEqual(
      new Map(documents.map(({ source, text }) => [source, text])),
    );
    await expectConsistentIndex(again);
    const waiting = await asOwner(again, (sql) => sql('select from job_documents where text is not null'));
    expect(waiting).toEqual([]);
  }, 100_000);
});
