/**
 * `npm run bench:vectors`: how much of what exact search finds the product's own search finds by vectors, and how long
 * both take, for tenants that hold all of the chunks or a small share; printed, and kept in bench/VECTORS.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_TENANT } from '../src/auth/principal.ts';
import { compose } from '../src/compose.ts';
import { openIndex } from '../src/open-index.ts';
import { parseSettings } from '../src/config/load.ts';
import { createLogger } from '../src/observability/logger.ts';
import { readSourceTexts } from './corpus.ts';
import { ask, openBenchDatabase } from './database.ts';
import { searchDense, type Index } from './dense-search.ts';
import { ingestTexts } from './ingest.ts';
import { machine } from './machine.ts';
import { FULL_CHUNKS, readOptions } from './options.ts';
import { giveAwayShares, takeBackShares, type TenantShare } from './tenant-shares.ts';
import { vectorReport, type TenantMeasure } from './vector-report.ts';

const QUESTIONS = 200;
const EF_SEARCH = [100, 200, 400];
/** So many chunks are always searched one way, and so many always the other. */
const FEW = 1;
const MANY = 1_000_000_000;

const options = readOptions();
const database = await openBenchDatabase(options.database, options.keep);
try {
  const settings = parseSettings({
    NODE_ENV: 'test',
    LOG_LEVEL: 'error',
    ADMIN_API_KEYS: 'k'.repeat(24),
    ...database.settings,
  });
  const { documents, questions } = readSourceTexts(options.texts);
  if (options.database === undefined) {
    const application = await compose(settings);
    await ingestTexts(application, DEFAULT_TENANT, documents, options.chunks);
    await application.close();
  }
  const logger = createLogger(settings);
  const { db, embedder } = await openIndex(settings, logger);
  if (!embedder) throw new Error('without an embedder there is nothing to measure');
  const step = Math.max(1, Math.floor(questions.length / QUESTIONS));
  const asked = await embedder.embed(
    questions.filter((_, place) => place % step === 0).slice(0, QUESTIONS),
    'query',
  );
  const index: Index = { db, embedder, logger };
  const measure = async (share: TenantShare): Promise<TenantMeasure> => {
    process.stderr.write(`${share.tenant}: ${share.chunks} chunks\n`);
    const search = (claimedChunks: number, efSearch?: number) =>
      searchDense(index, {
        tenant: share.tenant,
        questions: asked,
        claimedChunks,
        ...(efSearch === undefined ? {} : { settings: { 'hnsw.ef_search': efSearch } }),
      });
    const exact = await search(FEW);
    const deeper = [];
    for (const efSearch of EF_SEARCH) deeper.push({ efSearch, found: await search(MANY, efSearch) });
    const nearest = await search(MANY);
    return { ...share, product: await search(share.chunks), exact, nearest, deeper };
  };

  await takeBackShares(db, DEFAULT_TENANT);
  await ask(database.pool, 'vacuum analyze');
  const [counted] = await ask<{ chunks: number }>(
    database.pool,
    `select chunks::integer from sallyport.tenant_statistics where tenant = '${DEFAULT_TENANT}'`,
  );
  const measures = [await measure({ tenant: DEFAULT_TENANT, share: 1, chunks: counted!.chunks })];
  const shares = await giveAwayShares(db, DEFAULT_TENANT);
  await ask(database.pool, 'vacuum analyze');
  for (const share of shares) measures.push(await measure(share));
  await takeBackShares(db, DEFAULT_TENANT);
  await db.close();

  const text = vectorReport({
    machine: machine(),
    database: database.version,
    embedder: embedder.name,
    questions: asked.length,
    measures,
  });
  process.stdout.write(`\n${text}`);
  // A part of a run must not take the place of a whole one.
  if (counted!.chunks >= FULL_CHUNKS) writeFileSync(join(import.meta.dirname, 'VECTORS.md'), text);
  if (options.keep) process.stderr.write(`kept: --database ${String(database.name)}\n`);
} finally {
  await database.close();
}
