import { toSql } from 'pgvector';
import type { Database, RowScope, Transaction } from '../db/database.ts';
import type { Embedder } from '../embedders/embedder.ts';
import type { Language } from '../language/languages.ts';
import type { Logger } from '../observability/logger.ts';
import { embedderName } from './index-identity.ts';
import type { Filter, Retrieval, RetrievedChunk } from './retrieval.ts';
import { searchStatement, type DenseSearch } from './search-statement.ts';
import { idf, questionWords, termHasher } from './terms.ts';

export type Search = {
  question: string;
  topK: number;
  filter?: Filter | undefined;
  /** The question's embedding; absent where no embedder is configured. */
  embedding?: Float32Array | undefined;
};

export type IndexStore = {
  /** The best chunks for a question among those that `scope` may read, best first. */
  search(scope: RowScope, search: Search): Promise<Retrieval>;
};

/**
 * Candidates that the rarest terms may bring in. At 100,000 chunks (bench's corpus, 203 questions) 1,000 / 3,000 / 5,000 /
 * 10,000 of them hold 0.883 / 0.973 / 0.994 / 0.997 of exact BM25's ten best.
 */
const CANDIDATE_BUDGET = 5_000;
/** How deep each leg is read before the two are fused. */
const FUSION_DEPTH = 50;
const MOST_QUESTION_WORDS = 256;

/**
 * A tenant of up to so many chunks is searched by comparing the question with every vector, a larger one through HNSW.
 * From some 5,000 chunks on that is the slower way, but it finds all: what HNSW finds falls with the tenant's share.
 */
const EXACT_LIMIT = 20_000;
/**
 * Vectors that HNSW keeps in view; more find more of the nearest, and take longer. At 100,000 chunks (`npm run
 * bench:vectors`) 100 / 200 / 400 / 600 find 0.936 / 0.974 / 0.986 / 0.992 of the ten nearest.
 */
const EF_SEARCH = 600;

/** What Postgres cannot know by itself: its choices must not depend on statistics that a young database lacks. */
const DENSE_SETTINGS = {
  enable_seqscan: 'off',
  // HNSW is the one way that needs no sort: so it is taken whatever ef_search makes it seem to cost.
  enable_sort: 'off',
  jit: 'off',
  'hnsw.ef_search': EF_SEARCH,
  // Tenancy thins out what HNSW finds: it then goes on instead of returning too few. Strict order would throw away what is
  // found late (a tenth of the ten nearest of a tenant with a tenth of the rows), and the fusion sorts anyway.
  'hnsw.iterative_scan': 'relaxed_order',
};

const FOREIGN_INDEX =
  'the index has become that of another embedder: until this server is restarted with its settings it finds by words alone, and leaves new documents to others';

/** Of this many tenants it is remembered what they have; then it starts afresh rather than grow. */
const MOST_REMEMBERED = 10_000;

/** What a tenant has, as far as the search depends on it. */
type Holdings = { languages: Language[]; chunks: number };

type FoundRow = {
  total: number;
  embedder: string;
  languages: Language[];
  frequencies: Record<string, number>;
  chunks: (Omit<RetrievedChunk, 'id'> & { id: number })[];
};

/** Retrieval in Postgres; without an embedder by the lexical leg alone. */
export function createIndexStore(db: Database, embedder: Embedder | undefined, logger: Logger): IndexStore {
  const statementOf = (dense: DenseSearch, depth: number) => ({
    text: searchStatement(embedder, dense, depth),
    // A name stands for one text: the depth that nearly every search has.
    name: depth === FUSION_DEPTH ? `search_${dense}` : undefined,
  });
  const usual = { exact: statementOf('exact', FUSION_DEPTH), nearest: statementOf('nearest', FUSION_DEPTH) };
  const remembered = new Map<string, Holdings>();
  let isForeign = false;

  const noteEmbedder = (indexEmbedder: string) => {
    const wasForeign = isForeign;
    isForeign = indexEmbedder !== embedderName(embedder);
    if (isForeign && !wasForeign) logger.warn(FOREIGN_INDEX, { embedder: indexEmbedder });
  };

  const searchAs = async (
    tx: Transaction,
    tenant: string,
    { question, topK, filter, embedding }: Search,
    { languages, chunks: tenantChunks }: Holdings,
  ): Promise<{ retrieval: Retrieval; present: Holdings }> => {
    const hash = termHasher(tenant);
    const asked = questionWords(question, languages, MOST_QUESTION_WORDS);
    const wordOfTerm = new Map(
      asked.flatMap((word, place) => word.stems.map((stem) => [hash(stem), place] as const)),
    );
    const depth = Math.max(topK, FUSION_DEPTH);
    const values: unknown[] = [
      [...wordOfTerm.keys()],
      topK,
      CANDIDATE_BUDGET,
      filter?.source ?? null,
      filter?.metadata ? JSON.stringify(filter.metadata) : null,
      depth,
      [...wordOfTerm.values()],
    ];
    if (embedder) values.push(embedding ? toSql([...embedding]) : null);
    // The exact one goes by document, and so keeps to a filter whatever the tenant's size.
    const isFiltered = filter?.source !== undefined || filter?.metadata !== undefined;
    const dense: DenseSearch = isFiltered || tenantChunks <= EXACT_LIMIT ? 'exact' : 'nearest';
    const { text, name } = depth === FUSION_DEPTH ? usual[dense] : statementOf(dense, depth);
    const [row] = await tx.query<FoundRow>(text, values, name);
    const { total, embedder: indexEmbedder, frequencies, chunks } = row!;
    noteEmbedder(indexEmbedder);
    const frequency = (stem: string) => frequencies[hash(stem)] ?? 0;
    const terms = asked
      .filter((word) => !word.isStopWord)
      .map(({ stems }) => {
        const chunksWithWord = Math.max(...stems.map(frequency));
        return { stems, weight: idf(total, chunksWithWord), isKnown: chunksWithWord > 0 };
      });
    const found = chunks.map((chunk) => ({ ...chunk, id: String(chunk.id) }));
    const present = { languages: row!.languages, chunks: total };
    return { retrieval: { chunks: found, terms, languages }, present };
  };

  return {
    search: (scope, search) =>
      db.withScope(
        scope,
        async (tx) => {
          const { tenant } = scope;
          const supposed = remembered.get(tenant) ?? (await holdings(tx));
          const { retrieval, present } = await searchAs(tx, tenant, search, supposed);
          if (remembered.size >= MOST_REMEMBERED) remembered.clear();
          remembered.set(tenant, present);
          // The search itself says whether they are still these: that saves a round trip, and is never out of date.
          if (present.languages.join() === supposed.languages.join()) return retrieval;
          return (await searchAs(tx, tenant, search, present)).retrieval;
        },
        search.embedding && DENSE_SETTINGS,
      ),
  };
}

async function holdings(tx: Transaction): Promise<Holdings> {
  const [row] = await tx.query<Holdings>(
    `select array(select language from tenant_languages order by language) as languages,
            coalesce((select chunks from tenant_statistics where tenant = current_tenant()), 0)::integer as chunks`,
  );
  return row!;
}
