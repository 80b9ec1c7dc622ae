import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { eventually, get, ingest, post, remove, type Reply } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

describeOnEveryDatabase('requests that wait for each other', (database) => {
  let server: RunningServer;
  beforeAll(async () => {
    const env = await database.env();
    // Postgres looks for a deadlock once, this long after a wait began: a slow machine must have closed it by then.
    const url = env.DATABASE_URL && `${env.DATABASE_URL}?options=-c%20deadlock_timeout%3D5s`;
    server = await startServer({ env: url ? { ...env, DATABASE_URL: url } : env });
  });
  afterAll(() => server.stop());

  test('are all served when they name the same sources in other orders', async () => {
    const shelves = Array.from({ length: 40 }, (_, place) => ({
      text: `Shelf ${place}.`,
      source: `shelf/${place}`,
    }));
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, turn) => {
        const documents = shelves.map((shelf) => ({ ...shelf, title: `${shelf.source} in turn ${turn}` }));
        return post(server, '/admin/documents', {
          documents: turn % 2 === 0 ? documents : documents.reverse(),
        });
      }),
    );
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 202));
    const titles = replies[1]!.body.documents.map(({ title }: { title: string }) => title);
    expect(titles).toEqual(shelves.map(({ source }) => `${source} in turn 1`).reverse());
  });

  // The embedded one has one session for everybody, which waits for nobody.
  if (database.name === 'embedded Postgres') return;

  test('are made again when Postgres ends one of them', async () => {
    const [{ id }] = await ingest(server, [{ text: 'The gate is shut at night.' }]);
    let removed: Promise<Reply> | undefined;
    await asOwner(server, async (sql) => {
      // So that it is the other one which is ended.
      await sql("set local deadlock_timeout = '30s'");
      await sql('select from job_documents where document_id = $1 for update', [id]);
      removed = remove(server, `/admin/documents/${id}`);
      await eventually(
        async () =>
          (await sql('select from pg_locks where not granted and transactionid = pg_current_xact_id()::xid'))
            .length > 0,
        { what: 'the wait' },
      );
      await sql('select from documents where id = $1 for update', [id]);
    });
    expect((await removed!).status).toBe(204);
    expect((await get(server, `/admin/documents/${id}`)).status).toBe(404);
  });
});
