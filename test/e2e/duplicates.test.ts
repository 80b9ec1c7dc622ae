import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { get, ingest, post, remove, send, type Sent } from '../support/http.ts';
import { expectConsistentIndex } from '../support/index-consistency.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

type Hit = { document_id: string; source: string; title: string; text: string };

describeOnEveryDatabase('documents of one text', (database) => {
  let server: RunningServer;
  beforeAll(async () => (server = await startServer({ env: { ...JWT_ENV, ...(await database.env()) } })));
  afterAll(() => server.stop());

  const search = async (query: string, filter?: object, sent?: Sent): Promise<Hit[]> =>
    (await post(server, '/search', { query, top_k: 50, filter }, sent)).body.chunks;
  /** Where a text is found: the source of each hit that is it. */
  const sourcesOf = async (text: string, filter?: object, sent?: Sent) =>
    (await search(text, filter, sent)).filter((hit) => hit.text === text).map(({ source }) => source);
  const storedChunks = (text: string) =>
    asOwner(server, async (sql) => {
      const [row] = await sql<{ chunks: number; vectors: number }>(
        `select count(c.id)::int as chunks, count(e.chunk_id)::int as vectors
           from chunks c left join chunk_embeddings e on e.chunk_id = c.id where c.text = $1`,
        [text],
      );
      return row!;
    });

  test('are documents of their own: each has its source, title and metadata, and all of them one set of chunks', async () => {
    const text = 'The late fee is $8 for each day that a book is overdue.';
    const [first] = await ingest(server, [{ text, source: 'a', metadata: { year: 2023 } }]);
    const [second] = await ingest(server, [{ text, source: 'b', title: 'Copy', metadata: { year: 2024 } }]);
    expect(second).toMatchObject({ duplicate_of: first.id, title: 'Copy', status: 'indexed', chunks: 1 });
    expect(second.id).not.toBe(first.id);
    const [listed] = (await get(server, '/admin/documents?source=b')).body.documents;
    expect(listed).toMatchObject({ id: second.id, metadata: { year: 2024 }, chunks: 1, version: 1 });
    expect(await storedChunks(text)).toEqual({ chunks: 1, vectors: 1 });

    expect(await sourcesOf(text)).toEqual(['a']);
    for (const filter of [{ source: 'b' }, { metadata: { year: 2024 } }])
      expect(await search('overdue book', filter)).toMatchObject([
        { document_id: second.id, source: 'b', title: 'Copy', text },
      ]);
    expect(await search('overdue book', { source: 'a', metadata: { year: 2024 } })).toEqual([]);
    const { body } = await post(server, '/query', {
      query: 'What is the late fee?',
      filter: { source: 'b' },
    });
    expect(body.citations).toMatchObject([{ document_id: second.id, source: 'b', title: 'Copy' }]);
  });

  test('are deleted one by one: as long as one is there, the text is found', async () => {
    const text = 'Kookaburras laugh at dusk and at dawn.';
    const taken: { id: string; duplicate_of?: string }[] = [];
    for (const place of 'xyz')
      taken.push((await ingest(server, [{ text, source: `kookaburra/${place}` }]))[0]);
    expect(taken.map(({ duplicate_of }) => duplicate_of)).toEqual([undefined, taken[0]!.id, taken[0]!.id]);
    for (const [place, { id }] of taken.entries()) {
      expect(await sourcesOf(text)).toEqual([`kookaburra/${'xyz'[place]}`]);
      expect((await remove(server, `/admin/documents/${id}`)).status).toBe(204);
      expect(await sourcesOf(text, { source: `kookaburra/${'xyz'[place]}` })).toEqual([]);
      await expectConsistentIndex(server);
    }
    expect(await sourcesOf(text)).toEqual([]);
    expect(await storedChunks(text)).toEqual({ chunks: 0, vectors: 0 });
  });

  test('part when one of them has a new version, and meet again', async () => {
    const [old, fresh] = ['Emus run at fifty kilometres an hour.', 'Emus swim well.'];
    const [first] = await ingest(server, [
      { text: old, source: 'emu/1' },
      { text: old, source: 'emu/2' },
    ]);
    await ingest(server, [{ text: fresh, source: 'emu/1' }]);
    expect(await sourcesOf(old)).toEqual(['emu/2']);
    expect(await sourcesOf(fresh)).toEqual(['emu/1']);
    const [again] = await ingest(server, [{ text: fresh, source: 'emu/2' }]);
    expect(again).toMatchObject({ duplicate_of: first.id, version: 2 });
    expect(await sourcesOf(old)).toEqual([]);
    expect(await sourcesOf(fresh, { source: 'emu/2' })).toEqual(['emu/2']);
    const [renamed] = await ingest(server, [{ text: fresh, source: 'emu/1', title: 'Swimming' }]);
    expect(renamed).toMatchObject({ id: first.id, title: 'Swimming', version: 3 });
    expect(await sourcesOf(fresh, { source: 'emu/2' })).toEqual(['emu/2']);
    expect(await storedChunks(fresh)).toEqual({ chunks: 1, vectors: 1 });
    await expectConsistentIndex(server);
  });

  test('without a source are each a document, too', async () => {
    const text = 'Nobody knows where this came from.';
    const [one] = await ingest(server, [{ text }]);
    const [two] = await ingest(server, [{ text }]);
    expect(two).toMatchObject({ duplicate_of: one.id });
    expect((await remove(server, `/admin/documents/${one.id}`)).status).toBe(204);
    expect(await search(text, undefined)).toContainEqual(expect.objectContaining({ document_id: two.id }));
  });

  test('are found by the readers of each, under what these may see', async () => {
    const as = (...groups: string[]): Sent => ({ token: signToken({ tenant: 'copies', groups }) });
    const text = 'Bonuses are paid in March.';
    const [board] = await ingest(
      server,
      [
        { text, source: 'board/minutes', title: 'Minutes of the board', groups: ['board'] },
        { text, source: 'hr/bonus', groups: ['hr'] },
      ],
      as(),
    );
    expect(await sourcesOf(text, undefined, as('board'))).toEqual(['board/minutes']);
    expect(await sourcesOf(text, undefined, as('hr'))).toEqual(['hr/bonus']);
    expect(await sourcesOf(text, undefined, as('board', 'hr'))).toEqual(['board/minutes']);
    expect(await sourcesOf(text, { source: 'board/minutes' }, as('hr'))).toEqual([]);
    expect(await sourcesOf(text, undefined, as('sales'))).toEqual([]);
    const asked = await post(server, '/query', { query: 'When are bonuses paid?' }, as('hr'));
    expect(asked.body.citations).toMatchObject([{ source: 'hr/bonus' }]);
    expect(JSON.stringify(asked.body)).not.toMatch(/board/i);

    expect((await remove(server, `/admin/documents/${board.id}`, as())).status).toBe(204);
    expect(await sourcesOf(text, undefined, as('board'))).toEqual([]);
    expect(await sourcesOf(text, undefined, as('hr'))).toEqual(['hr/bonus']);
    await ingest(server, [{ text, source: 'everyone', groups: [] }], as());
    expect(await sourcesOf(text, undefined, as('sales'))).toEqual(['everyone']);
    await ingest(server, [{ text, source: 'everyone', groups: ['board'] }], as());
    expect(await sourcesOf(text, undefined, as('sales'))).toEqual([]);
    await expectConsistentIndex(server);
  });

  test('of long texts, in a form with many files, leave room for others among the best', async () => {
    const form = new FormData();
    const sentences = Array.from(
      { length: 60 },
      (_, place) => `Page ${place} about wombats is not available.`,
    );
    const boilerplate = sentences.join(' ');
    for (let place = 0; place < 20; place += 1) form.append('file', new Blob([boilerplate]), `${place}.txt`);
    expect((await send(server, 'POST', '/admin/documents?wait=true', { form })).status).toBe(201);
    await ingest(server, [{ text: 'Wombats dig burrows.', source: 'burrows' }]);
    const hits = await search('wombats page available burrows');
    expect(new Set(hits.map(({ text }) => text)).size).toBe(hits.length);
    expect(hits).toContainEqual(expect.objectContaining({ source: 'burrows' }));
  });
});
