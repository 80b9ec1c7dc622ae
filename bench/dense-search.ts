import type { Database, PostgresSettings } from '../src/db/database.ts';
import type { Embedder } from '../src/embedders/embedder.ts';
import { createIndexStore } from '../src/index-store/index-store.ts';
import type { DenseSearch } from '../src/index-store/search-statement.ts';
import type { Logger } from '../src/observability/logger.ts';

const NEAREST = 10;
/** As deep as the dense leg is read: the fusion has an order of its own. */
const TOP_K = 50;
const WARM_UP = 20;

export type Index = { db: Database; embedder: Embedder; logger: Logger };

/** What the questions found: the cosines of each one's ten nearest, and how long each took. */
export type Found = { scores: number[][]; milliseconds: number[]; way: DenseSearch };

export type Asked = {
  tenant: string;
  questions: readonly Float32Array[];
  /** What the tenant's size is given out to be; the product chooses its way by it. */
  claimedChunks: number;
  /** In the place of the product's own. */
  settings?: PostgresSettings;
};

/**
 * Asks the product's own search, as the application's role, with the questions' vectors and none of their words: what
 * comes are the candidates of the dense leg alone. A few come before the measured time, for the caches.
 */
export async function searchDense(
  { db, embedder, logger }: Index,
  { tenant, questions, claimedChunks, settings = {} }: Asked,
): Promise<Found> {
  await db.asOwner((tx) =>
    tx.query('update tenant_statistics set chunks = $2 where tenant = $1', [tenant, claimedChunks]),
  );
  let statement = '';
  const watched: Database = {
    ...db,
    withScope: (scope, work, own) =>
      db.withScope(
        scope,
        (tx) =>
          work({
            query: (text, values, name) => {
              statement = name ?? statement;
              return tx.query(text, values, name);
            },
          }),
        { ...own, ...settings },
      ),
  };
  const store = createIndexStore(watched, embedder, logger);
  const ask = (embedding: Float32Array) =>
    store.search({ tenant, groups: [] }, { question: '', topK: TOP_K, embedding });
  for (const question of questions.slice(0, WARM_UP)) await ask(question);
  const found: Found = { scores: [], milliseconds: [], way: 'exact' };
  for (const question of questions) {
    const started = performance.now();
    const { chunks } = await ask(question);
    found.milliseconds.push(performance.now() - started);
    const cosines = chunks.map((chunk) => chunk.dense!).sort((a, b) => b - a);
    found.scores.push(cosines.slice(0, NEAREST));
  }
  return { ...found, way: statement === 'search_nearest' ? 'nearest' : 'exact' };
}

/** The mean share of the ten truly nearest that was found; one as near as the tenth is as good. */
export function recall(found: Found, truth: Found): number {
  const shares = truth.scores.map((best, place) => {
    const farthest = best.at(-1)! - ROUNDING;
    return Math.min(1, found.scores[place]!.filter((score) => score >= farthest).length / best.length);
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

const ROUNDING = 1e-9;
