import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { get, ingest, post } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const VERSIONS = 12;
const textOf = (version: number) =>
  `The harbour opens at hour ${version}. ${'Ships may then enter the harbour one by one. '.repeat(60)}`;

describeOnEveryDatabase('a new version of a document', (database) => {
  let server: RunningServer;
  beforeAll(async () => (server = await startServer({ env: await database.env() })));
  afterAll(() => server.stop());

  const hours = async () => {
    const { body } = await post(server, '/search', { query: 'harbour opens hour', top_k: 50 });
    const texts = (body.chunks as { text: string }[]).map(({ text }) => text);
    return texts.flatMap((text) => /opens at hour (\d+)/.exec(text)?.[1] ?? []);
  };

  test('replaces the old one in one step: no search finds both, and none finds neither', async () => {
    const [first] = await ingest(server, [{ text: textOf(0), source: 'harbour' }]);
    const replacing = (async () => {
      for (let version = 1; version <= VERSIONS; version += 1) {
        const [stored] = await ingest(server, [{ text: textOf(version), source: 'harbour' }]);
        expect(stored).toMatchObject({ id: first.id, version: version + 1 });
      }
    })();
    const state = { replaced: false };
    void replacing.catch(() => undefined).then(() => (state.replaced = true));
    const found: string[][] = [];
    while (!state.replaced) found.push(await hours());
    await replacing;
    expect(found.filter((versions) => versions.length !== 1)).toEqual([]);
    expect(found.length).toBeGreaterThan(VERSIONS);
    expect(await hours()).toEqual([String(VERSIONS)]);
  });

  test('may change the title or the metadata alone', async () => {
    const text = 'The ferry leaves at noon.';
    const [first] = await ingest(server, [{ text, source: 'ferry', title: 'Ferry', metadata: { pier: 1 } }]);
    const [renamed] = await ingest(server, [{ text, source: 'ferry', title: 'Boat', metadata: { pier: 2 } }]);
    expect(renamed).toMatchObject({ id: first.id, title: 'Boat', version: 2 });
    expect((await get(server, `/admin/documents/${first.id}`)).body).toMatchObject({ metadata: { pier: 2 } });
    const found = async (pier: number) =>
      (await post(server, '/search', { query: 'ferry noon', filter: { metadata: { pier } } })).body.chunks;
    expect(await found(1)).toEqual([]);
    expect(await found(2)).toHaveLength(1);
  });

  test('is not made when nothing has changed', async () => {
    const same = { text: 'The lighthouse turns twice a minute.', source: 'lighthouse' };
    await ingest(server, [same]);
    expect(await ingest(server, [same])).toMatchObject([{ version: 1 }]);
  });

  test('of many at once, the last one sent wins and each is counted', async () => {
    const sent = Array.from({ length: 5 }, (_, place) => ({
      text: `Buoy colour number ${place}.`,
      source: 'buoy',
    }));
    expect((await ingest(server, sent)).at(-1)).toMatchObject({ version: 5 });
    const { body } = await post(server, '/search', { query: 'buoy colour', top_k: 50 });
    const buoys = (body.chunks as { source: string; text: string }[]).filter(
      ({ source }) => source === 'buoy',
    );
    expect(buoys).toMatchObject([{ text: 'Buoy colour number 4.' }]);
    expect(body.chunks[0]).toEqual(buoys[0]);
  });
});
