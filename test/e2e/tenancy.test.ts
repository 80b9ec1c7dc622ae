import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { get, ingest, post, send, type Sent } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

describeOnEveryDatabase('tenants and groups', (database) => {
  const red: Sent = { token: signToken({ tenant: 'red', sub: 'rosa' }) };
  const blue: Sent = { token: signToken({ tenant: 'blue', sub: 'bruno' }) };
  let server: RunningServer;
  beforeAll(async () => (server = await startServer({ env: { ...JWT_ENV, ...(await database.env()) } })));
  afterAll(() => server.stop());

  const texts = async (sent: Sent, query: string) =>
    (await post(server, '/search', { query, top_k: 50 }, sent)).body.chunks.map(
      ({ text }: { text: string }) => text,
    ) as string[];

  test('two tenants may have the same text from the same source, and each finds its own', async () => {
    const text = 'The vault is opened with two keys.';
    const [ofRed] = await ingest(server, [{ text, source: 'vault' }], red);
    const [ofBlue] = await ingest(server, [{ text, source: 'vault' }], blue);
    expect(ofBlue).toMatchObject({ version: 1 });
    expect(ofBlue.duplicate_of).toBeUndefined();
    expect(ofBlue.id).not.toBe(ofRed.id);
    const found = async (sent: Sent) =>
      (await post(server, '/search', { query: 'vault keys' }, sent)).body.chunks;
    expect(await found(red)).toMatchObject([{ document_id: ofRed.id }]);
    expect(await found(blue)).toMatchObject([{ document_id: ofBlue.id }]);
  });

  test('what one tenant has, no other finds: not by words, not by source, not in an answer', async () => {
    const secret = 'The red password is Rumpelstiltskin.';
    await ingest(server, [{ text: secret, source: 'secret', metadata: { a: 1 } }], red);
    const question = { query: 'What is the red password? Rumpelstiltskin' };
    for (const filter of [undefined, { source: 'secret' }, { metadata: { a: 1 } }]) {
      const reply = await post(server, '/search', { ...question, filter }, blue);
      expect(JSON.stringify(reply.body)).not.toContain('Rumpelstiltskin');
    }
    expect((await post(server, '/query', question, blue)).body).toMatchObject({ refused: true });
    const [best, ...others] = await texts(red, 'Rumpelstiltskin');
    expect(best).toBe(secret);
    expect(others).not.toContain(secret);
    expect((await get(server, '/admin/documents?source=secret', blue)).body.documents).toEqual([]);
  });

  test('a document and a job of another tenant are not found, as if they did not exist', async () => {
    const { body } = await post(server, '/admin/documents', { text: 'Red tape is red.' }, red);
    const [{ id }] = body.documents;
    for (const [method, path] of [
      ['GET', `/admin/documents/${id}`],
      ['DELETE', `/admin/documents/${id}`],
      ['GET', `/admin/jobs/${body.job_id}`],
      ['GET', `/admin/jobs/${body.job_id}/events`],
    ] as const) {
      expectProblem(await send(server, method, path, blue), 404, 'not_found');
      expectProblem(await send(server, method, path), 404, 'not_found');
    }
    expect((await get(server, `/admin/documents/${id}`, red)).status).toBe(200);
  });

  test('a cursor of another tenant leads nowhere', async () => {
    await ingest(server, [{ text: 'One red page.' }, { text: 'Two red pages.' }], red);
    const { next_cursor } = (await get(server, '/admin/documents?limit=1', red)).body;
    const theirs = (await get(server, '/admin/documents?limit=200', blue)).body.documents;
    const { status, body } = await get(server, `/admin/documents?cursor=${next_cursor}`, blue);
    expect(status).toBe(200);
    for (const { id } of body.documents) expect(theirs.map((one: { id: string }) => one.id)).toContain(id);
  });

  test('the tenant comes from the token, whatever body, query and headers say', async () => {
    const headers = { 'x-tenant': 'red', 'x-tenant-id': 'red' };
    expectProblem(await post(server, '/search', { query: 'a', tenant: 'red' }, blue), 400, 'invalid_request');
    expect(
      (await get(server, '/admin/documents?source=secret', { ...blue, headers })).body.documents,
    ).toEqual([]);
  });

  test('documents with groups are found by their members alone', async () => {
    const as = (...groups: string[]): Sent => ({ token: signToken({ tenant: 'grouped', groups }) });
    await ingest(
      server,
      [
        { text: 'Salaries are paid on the 25th.', groups: ['hr', 'board'] },
        { text: 'Salaries are discussed in May.', groups: ['board'] },
        { text: 'Salaries are a topic for everybody.' },
        { text: 'Salaries of "quoted, groups\\" are odd.', groups: ['a "b", c\\', '{x}'] },
      ],
      as(),
    );
    const everybody = 'Salaries are a topic for everybody.';
    expect(await texts(as(), 'salaries')).toEqual([everybody]);
    expect(await texts(as('sales'), 'salaries')).toEqual([everybody]);
    expect((await texts(as('hr'), 'salaries')).sort()).toEqual([everybody, 'Salaries are paid on the 25th.']);
    expect(await texts(as('board'), 'salaries')).toHaveLength(3);
    expect(await texts(as('x', 'a "b", c\\'), 'salaries')).toHaveLength(2);
    expect(await texts(as('hr","board'), 'salaries')).toEqual([everybody]);
    expect(await texts(as('{hr}'), 'salaries')).toEqual([everybody]);
  });

  test('groups that change with a new version change at once', async () => {
    const [keeper, sent] = [[], ['hr']].map((groups) => ({ token: signToken({ tenant: 'moving', groups }) }));
    await ingest(server, [{ text: 'The move is in June.', source: 'move', groups: ['hr'] }], keeper);
    expect(await texts(sent!, 'move June')).toHaveLength(1);
    await ingest(server, [{ text: 'The move is in June.', source: 'move', groups: ['board'] }], keeper);
    expect(await texts(sent!, 'move June')).toEqual([]);
  });

  test("a tenant's name is only a name, whatever it holds", async () => {
    for (const tenant of [
      "o'brien; drop table documents; --",
      '\\',
      'ünï',
      '"',
      "'; set local role postgres; --",
    ]) {
      const sent = { token: signToken({ tenant }) };
      await ingest(server, [{ text: `Kept for ${tenant} alone.` }], sent);
      expect(await texts(sent, 'kept alone')).toEqual([`Kept for ${tenant} alone.`]);
    }
  });
});
