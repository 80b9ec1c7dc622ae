import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { eventually, ingest, post } from '../support/http.ts';
import { DIMENSIONS, embedsWith, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const FILLER_CHUNKS = 6_000;
const TIMES = 4;

/** Many chunks of another subject, written behind the server's back: as rows they are like any others. */
const FILLER = `
  with one as (
    insert into documents (tenant, title, media_type, status, text, version)
    values ('default', 'Filler', 'text/plain', 'indexed', 'filler', 1) returning id
  )
  insert into chunks (tenant, groups, document_id, ordinal, heading_path, text, start_offset, end_offset, terms, weights, embedding, embedder)
  select 'default', '{}', one.id, n, '{}', 'filler', 0, 6, array(select (n * 7919 + k * 104729) % 50000 + 1 from generate_series(1, 15) k),
         ('{' || n % 50000 + 1 || ':1}/1000000000')::sparsevec,
         (select array_agg(sin(n * k)) from generate_series(1, ${DIMENSIONS}) k)::real[]::halfvec, $1
    from one, generate_series(0, ${FILLER_CHUNKS - 1}) n`;

describeOnEveryDatabase('a search among many chunks', (database) => {
  let provider: OpenAiServer;
  let server: RunningServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    provider.onEmbeddings = embedsWith((text) =>
      Array.from({ length: DIMENSIONS }, (_, place) => (place === 0 && text.includes('kestrel') ? 1 : 0.1)),
    );
    const env = { ...(await database.env()), ...provider.env, EMBEDDING_PROVIDER: 'openai' };
    server = await startServer({ env });
    await ingest(server, [{ text: 'The kestrel hovers above the motorway.', source: 'kestrel' }]);
    await asOwner(server, async (sql) => {
      const [row] = await sql<{ embedder: string }>('select embedder from chunks limit 1');
      await sql(FILLER, [row!.embedder]);
      // What autovacuum does on a server in its own time, and the embedded one after an ingest.
      await sql("select gin_clean_pending_list('chunks_by_term')");
      await sql('analyze chunks');
    });
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  test('finds the one chunk that is meant', async () => {
    const { body } = await post(server, '/search', { query: 'kestrel motorway', top_k: 1 });
    expect(body.chunks).toMatchObject([{ source: 'kestrel' }]);
  });

  test('looks its words up in the index of terms, and its meaning in that of vectors, and reads no table through', async () => {
    const scans = () =>
      asOwner(server, async (sql) => {
        const [counts] = await sql<Record<'terms' | 'vectors' | 'whole', number>>(
          `select (select idx_scan from pg_stat_user_indexes where indexrelname = 'chunks_by_term')::int as terms,
                  (select sum(idx_scan) from pg_stat_user_indexes where indexrelname like 'chunks_by_embedding%')::int as vectors,
                  (select seq_scan from pg_stat_user_tables where relname = 'chunks')::int as whole`,
        );
        return counts!;
      });
    // Counters are written late, and with them those of the ingest; but a search's own come together: of the times in
    // which searches looked into both indexes, one has no reading of the table, unless searches read it themselves.
    const readings: number[] = [];
    for (let before = await scans(); readings.length < TIMES;) {
      const after = await eventually(async () => {
        await post(server, '/search', { query: 'kestrel' });
        const counts = await scans();
        return counts.terms > before.terms && counts.vectors > before.vectors && counts;
      });
      readings.push(after.whole - before.whole);
      before = after;
    }
    expect(readings).toContain(0);
  });
});
