import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { eventually, get, ingest, post, remove } from '../support/http.ts';
import { expectConsistentIndex } from '../support/index-consistency.ts';
import {
  DIMENSIONS,
  embedsWith,
  failsWith,
  startOpenAiServer,
  type Behaviour,
  type OpenAiServer,
} from '../support/openai-server.ts';
import { runSallyport, type SallyportRun } from '../support/run-sallyport.ts';
import { startInVain, startServer, type RunningServer } from '../support/start-server.ts';

const MEANINGS = [/physician|doctor/i, /automobile|vehicle/i, /feline|tabby/i, /ladder|rung/i];
/** Two models that know the same meanings, and put each in another place: their vectors cannot be compared. */
const embedsFrom = (offset: number): Behaviour =>
  embedsWith((text) =>
    Array.from({ length: DIMENSIONS }, (_, place) =>
      MEANINGS[(place + offset) % DIMENSIONS]?.test(text) ? 1 : 0.01,
    ),
  );
const byModel: Record<string, Behaviour> = { old: embedsFrom(0), new: embedsFrom(1) };
const embeds: Behaviour = (request, response) => byModel[request.body.model]!(request, response);

const ROOT = join(import.meta.dirname, '..', '..');
const README = join(ROOT, 'README.md');
const FIRST_MIGRATION = join(ROOT, 'migrations', '0001_documents_and_retrieval.sql');
/** More than two batches of chunks. */
const MANY = 300;

describeOnEveryDatabase('an index and the embedder it was made by', (database) => {
  let provider: OpenAiServer;
  let env: Record<string, string>;
  const running = new Set<RunningServer>();
  const runs = new Set<SallyportRun>();
  beforeAll(async () => {
    provider = await startOpenAiServer();
  });
  beforeEach(async () => {
    provider.reset();
    provider.onEmbeddings = embeds;
    env = await database.env();
  });
  afterEach(async () => {
    for (const run of runs) run.signal('SIGKILL');
    runs.clear();
    for (const server of [...running].reverse()) await server.stop();
    running.clear();
  });
  afterAll(() => provider.stop());

  const none = () => ({ ...env, ...provider.env, LLM_PROVIDER: 'extractive', EMBEDDING_PROVIDER: 'none' });
  const model = (name: string) => ({
    ...none(),
    EMBEDDING_PROVIDER: 'openai',
    EMBEDDING_MODEL: name,
    LLM_MAX_RETRIES: '0',
  });
  const nameOf = (name: string) => `openai/${name}/${DIMENSIONS}`;
  const start = async (settings: Record<string, string>) => {
    const server = await startServer({ env: settings });
    running.add(server);
    return server;
  };
  const stop = async (server: RunningServer) => {
    running.delete(server);
    await server.stop();
  };
  const command = (args: string[], settings: Record<string, string>) => {
    const run = runSallyport(args, settings);
    runs.add(run);
    return run;
  };
  const reindex = async (settings: Record<string, string>) => {
    const run = command(['reindex'], settings);
    return { code: await run.ended, output: run.output() };
  };
  const sources = async (server: RunningServer, query: string) => {
    const { body } = await post(server, '/search', { query, top_k: 1 });
    return (body.chunks as { source: string }[]).map(({ source }) => source);
  };
  const ingestFew = (server: RunningServer) =>
    ingest(server, [
      { text: 'The physician sees patients on Monday.', source: 'health' },
      { text: 'A tabby sleeps on the stove.', source: 'pets' },
      { text: 'The ladder is in the shed.', source: 'tools' },
    ]);
  const ingestMany = (server: RunningServer) =>
    ingest(
      server,
      Array.from({ length: MANY }, (_, place) => ({
        text: `Automobile number ${place} stands in the yard.`,
        source: `yard/${place}`,
      })),
    );
  /** Lets the new model embed only once it is told to; resolves with that word when it is first asked. */
  const holdNew = () => {
    const { promise: released, resolve } = Promise.withResolvers<undefined>();
    const release = () => resolve(undefined);
    const asked = new Promise<() => void>((tell) => {
      provider.onEmbeddings = async (request, response) => {
        if (request.body.model === 'new') {
          tell(release);
          await released;
        }
        return embeds(request, response);
      };
    });
    return asked;
  };
  const embedded = (name: string, server: { env: Record<string, string> }) =>
    asOwner(server, async (sql) => {
      const [row] = await sql<{ count: number }>(
        'select count(*)::int as count from chunk_embeddings where embedder = $1',
        [nameOf(name)],
      );
      return row!.count;
    });

  test('with another embedder neither the server nor the command starts: each says in a sentence what to do', async () => {
    const old = await start(model('old'));
    await ingestFew(old);
    for (const [settings, asked] of [
      [model('new'), nameOf('new')],
      [none(), 'none'],
    ] as const) {
      const refusal = await startInVain(settings);
      expect(refusal).toContain('ended with code 1');
      expect(refusal).toContain(`made with the embedder ${nameOf('old')}`);
      expect(refusal).toContain(`the settings ask for ${asked}: run \`npx sallyport reindex\``);
      expect(refusal).not.toMatch(/^\s+at /m);
    }
    const run = command(['ingest', README], none());
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(/^sallyport: The index was made with .*reindex.*\n$/m);
    expect(await sources(old, 'doctor?')).toEqual(['health']);
    await stop(old);
    expect(await sources(await start(model('old')), 'feline?')).toEqual(['pets']);
  });

  test('an index without documents takes whatever embedder comes, and two that come at once agree on one', async () => {
    const servers = await Promise.all([start(model('old')), start(none())]);
    const [identity] = await asOwner(servers[0], (sql) => sql('select embedder from index_identity'));
    for (const [place, server] of servers.entries()) await ingest(server, [{ text: `Document ${place}.` }]);
    expect([nameOf('old'), 'none']).toContain(identity!.embedder);
    await expectConsistentIndex(servers[0]);
  });

  test('a reindex leaves the old server answering and writing; from the swap on the index is the new one’s', async () => {
    const old = await start(model('old'));
    await ingestFew(old);
    const many = await ingestMany(old);
    const asked = holdNew();
    const run = command(['reindex'], model('new'));
    const release = await asked;

    expect(await sources(old, 'doctor?')).toEqual(['health']);
    for (const { id } of many.slice(0, 20))
      expect((await remove(old, `/admin/documents/${id}`)).status).toBe(204);
    await ingest(old, [
      { text: 'Automobile number 25 was sold.', source: 'yard/25' },
      { text: 'A rung is missing.', source: 'during' },
    ]);
    expect(await sources(old, 'feline?')).toEqual(['pets']);
    release();
    expect(await run.ended).toBe(0);
    expect(run.output()).toMatch(/^reindex: \d+\/303 chunks$/m);
    expect(run.output()).toContain(`of the embedder ${nameOf('new')} now`);
    await expectConsistentIndex(old);

    // The stale server: words count as they did, meanings no longer do, and what it is given waits for another.
    const byWords = await post(old, '/search', { query: 'physician Monday', top_k: 1 });
    expect(byWords.body.chunks).toMatchObject([{ source: 'health' }]);
    expect(byWords.body.chunks[0].score).toBeGreaterThan(0.3);
    expect(await sources(old, 'doctor?')).toEqual([]);
    expect(old.output().match(/the index has become that of another embedder/g)).toHaveLength(1);
    const { body } = await post(old, '/admin/documents', { text: 'A vehicle has arrived.', source: 'late' });
    await new Promise((resume) => setTimeout(resume, 3_000));
    expect((await get(old, `/admin/jobs/${body.job_id}`)).body.status).toBe('queued');

    const fresh = await start({ ...model('new'), ADMIN_API_KEYS: old.key });
    await eventually(async () => (await get(old, `/admin/jobs/${body.job_id}`)).body.status === 'succeeded');
    expect(await sources(fresh, 'doctor?')).toEqual(['health']);
    expect(await sources(fresh, 'feline?')).toEqual(['pets']);
    expect(await sources(fresh, 'vehicle arrived')).toEqual(['late']);
    await expectConsistentIndex(fresh);
    expect(await reindex(model('new'))).toMatchObject({
      code: 0,
      output: expect.stringContaining('Nothing to reindex'),
    });
  });

  test('what it embeds is in the usage, and charged to the budget of all together', async () => {
    const old = await start(none());
    await ingestFew(old);
    const paid = { ...model('new'), EMBEDDING_PRICE_PER_MILLION_TOKENS: '100', BUDGET_USD_PER_DAY: '1' };
    expect(await reindex(paid)).toMatchObject({ code: 0 });
    const fresh = await start({ ...paid, ADMIN_API_KEYS: old.key });
    const { body } = await get(fresh, '/admin/usage');
    expect(body.usage).toMatchObject([{ user: 'embeddings', requests: 1, cost_usd: 0.0008 }]);
    expect(body.budgets.day.spent_usd).toBeCloseTo(0.0008, 9);
    const { events } = (await get(fresh, '/admin/audit?event=embeddings')).body;
    expect(events).toMatchObject([{ event: 'model_call', model: 'new', prompt_tokens: 8, cost_usd: 0.0008 }]);
  });

  test('documents that come and go all the while are neither lost nor left with the wrong vectors', async () => {
    const old = await start(model('old'));
    await ingestMany(old);
    const run = command(['reindex'], model('new'));
    let ended = false;
    void run.ended.then(() => (ended = true));
    const sent: string[] = [];
    const write = async (writer: number) => {
      for (let turn = 0; !ended; turn += 1) {
        const source = `yard/${(turn * 7 + writer * 100) % MANY}`;
        const { body } = await post(old, '/admin/documents', {
          text: `Vehicle ${turn} of ${writer}.`,
          source,
        });
        sent.push(body.job_id as string);
        if (turn % 3 === 0) await remove(old, `/admin/documents/${body.documents[0].id}`);
      }
    };
    await Promise.all([write(0), write(1), write(2)]);
    expect([await run.ended, run.output()]).toEqual([0, expect.stringContaining('chunks reindexed')]);
    const fresh = await start({ ...model('new'), ADMIN_API_KEYS: old.key });
    const outcomes = new Set<string>();
    for (const id of sent)
      outcomes.add(
        await eventually(async () => {
          const { status } = (await get(fresh, `/admin/jobs/${id}`)).body as { status: string };
          return ['succeeded', 'failed'].includes(status) && status;
        }),
      );
    expect([...outcomes]).toEqual(['succeeded']);
    await expectConsistentIndex(fresh);
  });

  test('killed in the middle, or interrupted, it goes on where it was', async () => {
    const old = await start(none());
    await ingestMany(old);
    let batches = 0;
    provider.onEmbeddings = (request, response) => {
      batches += 1;
      if (batches !== 2 && batches !== 4) return embeds(request, response);
      return undefined;
    };
    const killed = command(['reindex'], model('new'));
    await eventually(() => Promise.resolve(batches === 2));
    killed.signal('SIGKILL');
    await killed.ended;
    expect(await embedded('new', old)).toBe(128);
    expect(await sources(old, 'yard 7')).toEqual(['yard/7']);

    const interrupted = command(['reindex'], model('new'));
    await eventually(() => Promise.resolve(batches === 4));
    interrupted.signal('SIGINT');
    expect(await interrupted.ended).toBe(130);
    expect(interrupted.output()).toContain('will go on from here');
    expect(await embedded('new', old)).toBe(256);

    expect(await reindex(model('new'))).toMatchObject({ code: 0 });
    // The two batches that were embedded in vain, and otherwise every chunk once.
    const embeddedTexts = provider.requests.flatMap(({ body }) => body.input as string[]);
    expect(embeddedTexts).toHaveLength(MANY + 128 + (MANY - 256));
    await expectConsistentIndex(old);
  });

  test('an embedder that keeps failing ends it with a sentence; the old index answers as before', async () => {
    const old = await start(model('old'));
    await ingestFew(old);
    provider.onEmbeddings = (request, response) =>
      (request.body.model === 'new' ? failsWith(500) : embeds)(request, response);
    const { code, output } = await reindex(model('new'));
    expect(code).toBe(1);
    expect(output).toMatch(/^sallyport: The model could not be asked: the provider failed\.\n$/m);
    expect(output).not.toMatch(/^\s+at /m);
    expect(await sources(old, 'doctor?')).toEqual(['health']);
    await stop(old);
    expect(await sources(await start(model('old')), 'feline?')).toEqual(['pets']);
  });

  test('what another chunker cut is cut again, and what no embedder shall know of is forgotten', async () => {
    const old = await start(model('old'));
    await ingestFew(old);
    await asOwner(old, async (sql) => {
      await sql("update chunks set chunker = 'halves'");
      await sql("update index_identity set chunker = 'halves'");
      await sql("update chunks set text = left(text, 5) where text like 'The%'");
    });
    await stop(old);
    expect(await startInVain(model('old'))).toContain('made with the chunker halves');
    expect(await reindex(none())).toMatchObject({ code: 0 });
    const server = await start(none());
    const { body } = await post(server, '/search', { query: 'ladder shed', top_k: 1 });
    expect(body.chunks).toMatchObject([{ source: 'tools', text: 'The ladder is in the shed.' }]);
    expect(await embedded('old', server)).toBe(0);
    await expectConsistentIndex(server);
  });

  if (database.name === 'Postgres server') {
    test('vectors of an index from before it had an identity are taken over', async () => {
      const vector = Array.from({ length: DIMENSIONS }, (_, place) => (place === 0 ? 1 : 0.01));
      await asOwner({ env }, async (sql) => {
        await sql('create schema sallyport');
        await sql(readFileSync(FIRST_MIGRATION, 'utf8'));
        await sql(
          'create table schema_migrations (name text primary key, applied_at timestamptz default now())',
        );
        await sql('insert into schema_migrations (name) values ($1)', [basename(FIRST_MIGRATION)]);
        await sql(
          `with one as (
             insert into documents (tenant, source, title, media_type, status, text, version, chunk_count)
             values ('default', 'before', 'Before', 'text/plain', 'indexed', 'Surgery on Monday.', 1, 1) returning id
           )
           insert into chunks (tenant, groups, document_id, ordinal, heading_path, text, start_offset, end_offset, terms, weights, embedding, embedder)
           select 'default', '{}', id, 0, '{}', 'Surgery on Monday.', 0, 18, '{}', '{}/1000000000', $1::text::halfvec, $2 from one`,
          [JSON.stringify(vector), nameOf('old')],
        );
      });
      expect(await startInVain(none())).toContain(`made with the embedder ${nameOf('old')}`);
      const server = await start(model('old'));
      expect(await sources(server, 'doctor?')).toEqual(['before']);
      await expectConsistentIndex(server);
    });

    test('a second reindex at the same time is refused', async () => {
      const old = await start(none());
      await ingestFew(old);
      const asked = holdNew();
      const first = command(['reindex'], model('new'));
      const release = await asked;
      const second = await reindex(model('other'));
      expect(second).toMatchObject({
        code: 1,
        output: expect.stringContaining('Another reindex is running'),
      });
      release();
      expect(await first.ended).toBe(0);
    });
  }
});
