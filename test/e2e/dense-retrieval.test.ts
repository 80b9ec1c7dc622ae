import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { get, ingest, post, remove } from '../support/http.ts';
import {
  DIMENSIONS,
  embedsWith,
  failsWith,
  inTurn,
  replies,
  startOpenAiServer,
  type Behaviour,
  type OpenAiServer,
} from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

/** An embedding that knows meanings: each row is one, whatever words say it. */
const MEANINGS = [/physician|doctor|surgery hours/i, /automobile|car|vehicle/i, /feline|cat|tabby/i];
const byMeaning = embedsWith((text) =>
  Array.from({ length: DIMENSIONS }, (_, place) => (MEANINGS[place]?.test(text) ? 1 : 0.01)),
);

describeOnEveryDatabase('dense retrieval', (database) => {
  let provider: OpenAiServer;
  let server: RunningServer;
  let databaseUrl: string | undefined;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    provider.onEmbeddings = byMeaning;
    const store = await database.env();
    databaseUrl = store.DATABASE_URL;
    const env = {
      ...store,
      ...provider.env,
      LLM_PROVIDER: 'extractive',
      LLM_MAX_RETRIES: '1',
    };
    server = await startServer({ env: { ...env, EMBEDDING_PROVIDER: 'openai', LLM_TIMEOUT_MS: '1000' } });
    await ingest(server, [
      { text: 'The physician sees patients on Monday.', source: 'health', metadata: { floor: 1 } },
      { text: 'A tabby sleeps on the stove.', source: 'pets', metadata: { floor: 2 } },
      { text: 'Another physician works upstairs.', source: 'upstairs', metadata: { floor: 2 } },
      ...Array.from({ length: 30 }, (_, place) => ({
        text: `Automobile number ${place} stands in the yard.`,
        source: `yard/${place}`,
        metadata: { floor: 0 },
      })),
    ]);
  });
  afterEach(() => {
    provider.reset();
    provider.onEmbeddings = byMeaning;
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  const sources = async (query: string, extra = {}) =>
    (await post(server, '/search', { query, ...extra })).body.chunks.map(
      ({ source }: { source: string }) => source,
    ) as string[];

  test('finds a paraphrase that shares no word with the document', async () => {
    expect(await sources('doctor?', { top_k: 2 })).toEqual(expect.arrayContaining(['health', 'upstairs']));
    expect(await sources('feline?', { top_k: 1 })).toEqual(['pets']);
  });

  test('asks the provider for nothing where a text is there already', async () => {
    const [copy] = await ingest(server, [{ text: 'A tabby sleeps on the stove.', source: 'copy' }]);
    expect(copy).toMatchObject({ status: 'indexed', duplicate_of: expect.any(String) });
    expect(provider.requests).toEqual([]);
    expect(await sources('feline?', { top_k: 1, filter: { source: 'copy' } })).toEqual(['copy']);
    expect((await remove(server, `/admin/documents/${copy.id}`)).status).toBe(204);
  });

  test('weighs words as well: of two that mean the same, the one with the words comes first', async () => {
    expect(await sources('doctor upstairs', { top_k: 2 })).toEqual(['upstairs', 'health']);
  });

  test('keeps to the filter, however many others are nearer', async () => {
    expect(await sources('vehicle?', { filter: { source: 'pets' } })).toEqual(['pets']);
    const onFloor = await sources('doctor?', { filter: { metadata: { floor: 2 } } });
    expect(onFloor.sort()).toEqual(['pets', 'upstairs']);
    expect(await sources('vehicle?', { filter: { metadata: { floor: 7 } } })).toEqual([]);
  });

  test('asks for one embedding a question, of the question alone', async () => {
    await sources('feline?');
    expect(provider.requests.map(({ body }) => body.input)).toEqual([['feline?']]);
  });

  test('a new version is found by what it means now', async () => {
    await ingest(server, [{ text: 'Our feline is called Tibbles.', source: 'renewed' }]);
    await ingest(server, [{ text: 'Our automobile is called Herbie.', source: 'renewed' }]);
    const chunks = (await post(server, '/search', { query: 'cat', top_k: 50 })).body.chunks;
    expect(chunks.map(({ text }: { text: string }) => text)).not.toContain('Our feline is called Tibbles.');
  });

  test.each<[string, Behaviour, number, string]>([
    ['fails', failsWith(500), 502, 'upstream_error'],
    ['sends no vectors', replies({ data: [] }), 502, 'upstream_error'],
    ['sends something else', replies('<html>'), 502, 'upstream_error'],
    ['never replies', () => undefined, 504, 'upstream_timeout'],
  ])('an embedder that %s is an upstream problem', async (_name, behaviour, status, code) => {
    provider.onEmbeddings = behaviour;
    expectProblem(await post(server, '/search', { query: 'feline?' }), status, code);
  });

  describe.each<[string, Behaviour, RegExp]>([
    ['all zeros', embedsWith(() => Array<number>(DIMENSIONS).fill(0)), /is all zeros/],
    [
      'of no numbers',
      embedsWith(() => Array<number>(DIMENSIONS).fill(Number.NaN)),
      /holds what is no number/,
    ],
    [
      'too large for a number',
      replies(`{"data":[{"index":0,"embedding":[1e999,${'1,'.repeat(6)}1]}]}`),
      /no number/,
    ],
    ['of another length', embedsWith(() => [1, 2]), /is 2 long, and not 8/],
  ])('a vector that is %s', (_name, behaviour, sentence) => {
    test('is refused at ingest, with a sentence and at once', async () => {
      provider.onEmbeddings = behaviour;
      const text = 'The xylophone hangs in the hall.';
      const reply = await post(server, '/admin/documents?wait=true', { text, source: 'unusable' });
      expectProblem(reply, 502, 'upstream_error');
      expect(reply.body.detail).toMatch(sentence);
      expect(provider.requests).toHaveLength(1);
      provider.onEmbeddings = byMeaning;
      expect(await sources('feline?', { top_k: 50 })).not.toContain('unusable');
    });

    test('of a question is none: it finds by words', async () => {
      provider.onEmbeddings = behaviour;
      expect(await sources('upstairs?', { top_k: 1 })).toEqual(['upstairs']);
      expect(await sources('feline?')).toEqual([]);
    });
  });

  if (database.name === 'Postgres server')
    test('a vector of zeros that is there already is found by its words alone', async () => {
      await ingest(server, [{ text: 'A violin hangs in the hall.', source: 'zeros' }]);
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      const { rowCount } = await client
        .query(
          `update sallyport.chunk_embeddings set embedding = $1 from sallyport.documents d
            where document_id = d.id and d.source = 'zeros'`,
          [`[${Array<number>(DIMENSIONS).fill(0).join()}]`],
        )
        .finally(() => client.end());
      expect(rowCount).toBe(1);
      expect((await sources('feline?', { top_k: 2 }))[0]).toBe('pets');
      const { chunks } = (await post(server, '/search', { query: 'violin?', top_k: 1 })).body;
      expect(chunks[0]).toMatchObject({ source: 'zeros' });
      expect(chunks[0].score).toBeLessThan(1);
    });

  test('an ingest waits out an embedder that fails for a moment', async () => {
    provider.onEmbeddings = inTurn(failsWith(500), failsWith(500), byMeaning);
    const [stored] = await ingest(server, [{ text: 'The vehicle tax is due in May.', source: 'tax' }]);
    expect(stored.status).toBe('indexed');
    expect((await get(server, '/admin/documents?status=failed&source=tax')).body.documents).toEqual([]);
  });
});
