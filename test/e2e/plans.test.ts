import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { eventually, ingest, post, type Sent } from '../support/http.ts';
import { DIMENSIONS, embedsWith, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

const FILLER_CHUNKS = 6_000;
/** More than are compared one by one; so many there seem to be, which saves making them. */
const CLAIMED_CHUNKS = 30_000;
const TIMES = 4;

/** Many chunks of another subject, written behind the server's back: as rows they are like any others. */
const FILLER = `
  with one as (
    insert into documents (tenant, title, media_type, status, text, version)
    select 'large', 'Filler', 'text/plain', 'indexed', 'filler', 1 from generate_series(1, 60) returning id
  ), cut as (
    insert into chunks (tenant, groups, document_id, chunker, ordinal, heading_path, text, start_offset, end_offset, terms, weights)
    select 'large', '{}', one.id, 'blocks/800', n, '{}', 'filler', 0, 6, array(select (n * 7919 + k * 104729) % 50000 + 1 from generate_series(1, 15) k),
           ('{' || n % 50000 + 1 || ':1}/1000000000')::sparsevec
      from one, generate_series(1, ${FILLER_CHUNKS / 60}) n returning id, document_id
  )
  insert into chunk_embeddings (chunk_id, embedder, document_id, tenant, groups, embedding)
  select cut.id, $1, cut.document_id, 'large', '{}',
         (select array_agg(sin(cut.id * k)) from generate_series(1, ${DIMENSIONS}) k)::real[]::halfvec
    from cut`;

describeOnEveryDatabase('a search among many chunks', (database) => {
  let provider: OpenAiServer;
  let server: RunningServer;
  const large: Sent = { token: signToken({ tenant: 'large' }) };
  const small: Sent = { token: signToken({ tenant: 'small' }) };
  beforeAll(async () => {
    provider = await startOpenAiServer();
    provider.onEmbeddings = embedsWith((text) =>
      Array.from({ length: DIMENSIONS }, (_, place) => (place === 0 && text.includes('kestrel') ? 1 : 0.1)),
    );
    const env = { ...(await database.env()), ...provider.env, ...JWT_ENV, EMBEDDING_PROVIDER: 'openai' };
    server = await startServer({ env });
    for (const tenant of [large, small])
      await ingest(server, [{ text: 'The kestrel hovers above the motorway.', source: 'kestrel' }], tenant);
    await asOwner(server, async (sql) => {
      const [row] = await sql<{ embedder: string }>('select embedder from index_identity');
      await sql(FILLER, [row!.embedder]);
      await sql("update tenant_statistics set chunks = $1 where tenant = 'large'", [CLAIMED_CHUNKS]);
      // What autovacuum does on a server in its own time, and the embedded one after an ingest.
      await sql("select gin_clean_pending_list('chunks_by_term')");
      await sql('analyze documents, chunks, chunk_embeddings');
    });
    // The server finds out about the size.
    await post(server, '/search', { query: 'kestrel' }, large);
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  type Scans = Record<'terms' | 'nearest' | 'byDocument' | 'whole', number>;
  const scans = () =>
    asOwner(server, async (sql) => {
      const [counts] = await sql<Scans>(
        `select (select idx_scan from pg_stat_user_indexes where indexrelname = 'chunks_by_term')::int as terms,
                (select sum(idx_scan) from pg_stat_user_indexes where indexrelname like 'chunk_embeddings_nearest_%')::int as nearest,
                (select idx_scan from pg_stat_user_indexes where indexrelname = 'chunk_embeddings_by_document')::int as "byDocument",
                (select sum(seq_scan) from pg_stat_user_tables where relname in ('chunks', 'chunk_embeddings'))::int as whole`,
      );
      return counts!;
    });
  /**
   * What searches add to the counters, some times over. Counters are written late, and with them those of the ingest; but
   * a search's own come together: of the times in which searches looked into both indexes, one has only their own.
   */
  const readingsOf = async (tenant: Sent, vectors: 'nearest' | 'byDocument') => {
    const readings: Scans[] = [];
    for (let before = await scans(); readings.length < TIMES;) {
      const after = await eventually(async () => {
        await post(server, '/search', { query: 'kestrel' }, tenant);
        const counts = await scans();
        return counts.terms > before.terms && counts[vectors] > before[vectors] && counts;
      });
      const added = Object.entries(after).map(([name, count]) => [name, count - before[name as keyof Scans]]);
      readings.push(Object.fromEntries(added) as Scans);
      before = after;
    }
    return readings;
  };

  test('finds the one chunk that is meant', async () => {
    for (const tenant of [large, small]) {
      const { body } = await post(server, '/search', { query: 'kestrel motorway', top_k: 1 }, tenant);
      expect(body.chunks).toMatchObject([{ source: 'kestrel' }]);
    }
  });

  test('looks its words up in the index of terms, and its meaning in that of vectors, and reads no table through', async () => {
    expect(await readingsOf(large, 'nearest')).toContainEqual(expect.objectContaining({ whole: 0 }));
  });

  test('compares a small tenant’s vectors one by one, found by their documents, however many others have', async () => {
    expect(await readingsOf(small, 'byDocument')).toContainEqual(
      expect.objectContaining({ nearest: 0, whole: 0 }),
    );
  });
});
