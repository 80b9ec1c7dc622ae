import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { collect, eventsOf, eventually, get, ingest, open, post, remove, send } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const LATE_FEE = 'The late fee is $8 for each day that a book is overdue.';

describeOnEveryDatabase('documents', (database) => {
  let server: RunningServer;
  beforeAll(async () => (server = await startServer({ env: await database.env() })));
  afterAll(() => server.stop());

  const search = async (query: string, extra = {}) =>
    (await post(server, '/search', { query, ...extra })).body.chunks as Record<string, unknown>[];
  /** How often a text is among all that is found for it: the nearest others are found as well. */
  const copiesOf = async (text: string) =>
    (await search(text, { top_k: 50 })).filter((chunk) => chunk.text === text).length;

  test('one text is searchable when ?wait=true answers', async () => {
    const { status, body } = await post(server, '/admin/documents?wait=true', {
      text: LATE_FEE,
      title: 'Fees',
      source: 'fees.txt',
      metadata: { year: 2024 },
    });
    expect(status).toBe(201);
    expect(body.documents).toEqual([
      { id: expect.any(String), title: 'Fees', status: 'indexed', chunks: 1, version: 1, findings: [] },
    ]);
    expect(await search('overdue book')).toMatchObject([
      { document_id: body.documents[0].id, title: 'Fees', source: 'fees.txt', text: LATE_FEE, start: 0 },
    ]);
  });

  test('an array of texts is one job, whose states come as events until it has ended', async () => {
    const texts = ['Otters hold hands while they sleep.', 'Pigeons can tell Monet from Picasso.'];
    const { status, body } = await post(server, '/admin/documents', {
      documents: texts.map((text) => ({ text })),
    });
    expect(status).toBe(202);
    expect(body.documents).toMatchObject([{ title: texts[0] }, { title: texts[1] }]);
    const events = await collect(eventsOf(await open(server, 'GET', `/admin/jobs/${body.job_id}/events`)));
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['job']));
    const done = { id: body.job_id, status: 'succeeded', stage: 'done', done: 2, total: 2 };
    expect(events.at(-1)!.data).toEqual(done);
    expect((await get(server, `/admin/jobs/${body.job_id}`)).body).toEqual(done);
    for (const [question, place] of [
      ['Do otters hold hands?', 0],
      ['Which bird knows Picasso?', 1],
    ] as const) {
      const best = await search(question, { top_k: 1 });
      expect(best).toMatchObject([{ document_id: body.documents[place].id, text: texts[place] }]);
    }
  });

  test('several files of a form become a document each, with a title of its own or the file’s name', async () => {
    const form = new FormData();
    form.append('file', new Blob(['# Crème brûlée\n\nWhisk the yolks with sugar.']), 'crème.md');
    form.append('file', new Blob(['name,city\nAda,Turin\n']), 'people.csv');
    form.append('metadata', '{"kind":"upload"}');
    const { status, body } = await send(server, 'POST', '/admin/documents?wait=true', { form });
    expect(status).toBe(201);
    expect(body.documents).toMatchObject([{ title: 'Crème brûlée' }, { status: 'indexed' }]);
    const stored = await Promise.all(
      body.documents.map(
        async ({ id }: { id: string }) => (await get(server, `/admin/documents/${id}`)).body,
      ),
    );
    expect(stored).toMatchObject([
      { title: 'Crème brûlée', source: null, media_type: 'text/markdown', metadata: { kind: 'upload' } },
      { title: 'people.csv', source: null, media_type: 'text/csv', metadata: { kind: 'upload' } },
    ]);
    expect(
      await search('Who lives in Turin?', { filter: { metadata: { kind: 'upload' } }, top_k: 1 }),
    ).toHaveLength(1);
  });

  test('the list comes in pages, newest first, none twice and none left out', async () => {
    await ingest(
      server,
      Array.from({ length: 7 }, (_, place) => ({ text: `Page ${place} of the list.` })),
    );
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await get(
        server,
        `/admin/documents?limit=3${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      expect(page.body.documents.length).toBeLessThanOrEqual(3);
      seen.push(...page.body.documents.map(({ id }: { id: string }) => id));
      cursor = page.body.next_cursor;
    }
    const all = (await get(server, '/admin/documents?limit=200')).body;
    expect(all.next_cursor).toBeNull();
    expect(seen).toEqual(all.documents.map(({ id }: { id: string }) => id));
    const times = all.documents.map(({ created_at }: { created_at: string }) => created_at);
    expect(times).toEqual([...times].sort().reverse());
  });

  test('the list can be narrowed to a source, and to a status', async () => {
    await ingest(server, [{ text: 'Kept under its source.', source: 'only/this one & that' }]);
    const bySource = await get(
      server,
      `/admin/documents?source=${encodeURIComponent('only/this one & that')}`,
    );
    expect(bySource.body.documents).toMatchObject([{ source: 'only/this one & that', status: 'indexed' }]);
    expect((await get(server, '/admin/documents?status=failed')).body.documents).toEqual([]);
  });

  test('the list can be searched for a part of a title or a source, in either case', async () => {
    await ingest(server, [
      { text: 'About lists, one.', title: 'Zebra Crossing 100%', source: 'streets/1' },
      { text: 'About lists, two.', title: 'Another', source: 'ZEBRA/2' },
    ]);
    const sources = async (query: string) =>
      (await get(server, `/admin/documents?query=${encodeURIComponent(query)}`)).body.documents
        .map(({ source }: { source: string }) => source)
        .sort();
    expect(await sources('zebra')).toEqual(['ZEBRA/2', 'streets/1']);
    expect(await sources('100%')).toEqual(['streets/1']);
    expect(await sources('%')).toEqual(['streets/1']);
    expect(await sources('z_bra')).toEqual([]);
  });

  test('deleting a document removes every row made of it', async () => {
    const quokkas = 'Zanzibarian quokkas are ephemeral.';
    const [{ id }] = await ingest(server, [{ text: quokkas, source: 'gone' }]);
    expect(await copiesOf(quokkas)).toBe(1);
    expect((await remove(server, `/admin/documents/${id}`)).status).toBe(204);
    expect((await get(server, `/admin/documents/${id}`)).status).toBe(404);
    expect((await remove(server, `/admin/documents/${id}`)).status).toBe(404);
    expect(await copiesOf(quokkas)).toBe(0);
    const left = await asOwner(server, (sql) =>
      sql(
        `select (select count(*)::int from documents where id = $1) as documents,
                (select count(*)::int from chunks where document_id = $1) as chunks,
                (select count(*)::int from chunk_embeddings where document_id = $1) as embeddings,
                (select count(*)::int from job_documents where document_id = $1 and (draft is not null or text is not null)) as drafts,
                (select count(*)::int from documents where text ilike '%quokka%') as texts`,
        [id],
      ),
    );
    expect(left).toEqual([{ documents: 0, chunks: 0, embeddings: 0, drafts: 0, texts: 0 }]);
  });

  test('a document deleted while it waits stays deleted', async () => {
    const words = Array.from({ length: 20_000 }, (_, place) => `word${place} of a long text.`).join(' ');
    const whistling = 'Marmots whistle when they are afraid.';
    const { body } = await post(server, '/admin/documents', {
      documents: [{ text: words }, { text: whistling, source: 'marmots' }],
    });
    const [, marmots] = body.documents;
    expect((await remove(server, `/admin/documents/${marmots.id}`)).status).toBe(204);
    await eventually(
      async () => (await get(server, `/admin/jobs/${body.job_id}`)).body.status === 'succeeded',
    );
    expect(await copiesOf(whistling)).toBe(0);
    expect(await search('marmots whistle', { filter: { source: 'marmots' } })).toEqual([]);
  });
});
