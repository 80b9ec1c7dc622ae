import { toSql } from 'pgvector';
import type { Database, RowScope, Transaction } from '../db/database.ts';
import type { Embedder } from '../embedders/embedder.ts';
import type { Language } from '../language/languages.ts';
import { idf, questionWords, termHasher } from './terms.ts';
import { searchStatement } from './search-statement.ts';

/** Restricts retrieval to documents whose fields equal these. */
export type Filter = { source?: string | undefined; metadata?: Record<string, unknown> | undefined };

/** A chunk as it was found. `score` is in 0..1: the share of the most that any chunk could score for this question. */
export type RetrievedChunk = {
  id: string;
  documentId: string;
  title: string;
  source: string | null;
  headingPath: string[];
  text: string;
  /** Where `text` stands in the document's extracted text, in UTF-16 code units. */
  start: number;
  end: number;
  score: number;
};

/**
 * A word of the question that says what is asked: its stems, its weight (idf: rare words weigh more), and whether any
 * document of the tenant has it.
 */
export type QuestionTerm = { stems: string[]; weight: number; isKnown: boolean };

/** What was found, and what the index knows of the question. `languages` are those of the tenant's documents. */
export type Retrieval = { chunks: RetrievedChunk[]; terms: QuestionTerm[]; languages: Language[] };

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

/** Of this many tenants the languages are remembered; then it starts afresh rather than grow. */
const MOST_REMEMBERED = 10_000;

type FoundRow = {
  total: number;
  languages: Language[];
  frequencies: Record<string, number>;
  chunks: (Omit<RetrievedChunk, 'id'> & { id: number })[];
};

/** Retrieval in Postgres; without an embedder by the lexical leg alone. */
export function createIndexStore(db: Database, embedder: Embedder | undefined): IndexStore {
  const statement = searchStatement(embedder?.dimensions);
  // HNSW is chosen for a limit that the planner knows: with a dense leg, it plans anew for each question.
  const name = embedder ? undefined : 'search';
  const remembered = new Map<string, Language[]>();

  const searchAs = async (
    tx: Transaction,
    tenant: string,
    { question, topK, filter, embedding }: Search,
    languages: Language[],
  ): Promise<{ retrieval: Retrieval; present: Language[] }> => {
    const hash = termHasher(tenant);
    const asked = questionWords(question, languages).slice(0, MOST_QUESTION_WORDS);
    const wordOfTerm = new Map(
      asked.flatMap((word, place) => word.stems.map((stem) => [hash(stem), place] as const)),
    );
    const values: unknown[] = [
      [...wordOfTerm.keys()],
      topK,
      CANDIDATE_BUDGET,
      filter?.source ?? null,
      filter?.metadata ? JSON.stringify(filter.metadata) : null,
      Math.max(topK, FUSION_DEPTH),
      [...wordOfTerm.values()],
    ];
    if (embedder) values.push(embedding ? toSql([...embedding]) : null, embedder.name);
    const [row] = await tx.query<FoundRow>(statement, values, name);
    const { total, frequencies, chunks, languages: present } = row!;
    const frequency = (stem: string) => frequencies[hash(stem)] ?? 0;
    const terms = asked
      .filter((word) => !word.isStopWord)
      .map(({ stems }) => {
        const chunksWithWord = Math.max(...stems.map(frequency));
        return { stems, weight: idf(total, chunksWithWord), isKnown: chunksWithWord > 0 };
      });
    const found = chunks.map((chunk) => ({ ...chunk, id: String(chunk.id) }));
    return { retrieval: { chunks: found, terms, languages }, present };
  };

  return {
    search: (scope, search) =>
      db.withScope(scope, async (tx) => {
        // Filters and tenancy thin out what HNSW finds: it then goes on instead of returning too few.
        if (search.embedding) await tx.query("set local hnsw.iterative_scan = 'strict_order'");
        const { tenant } = scope;
        const supposed = remembered.get(tenant) ?? (await tenantLanguages(tx));
        const { retrieval, present } = await searchAs(tx, tenant, search, supposed);
        if (remembered.size >= MOST_REMEMBERED) remembered.clear();
        remembered.set(tenant, present);
        // The search itself says whether they are still these: that saves a round trip, and is never out of date.
        if (present.join() === supposed.join()) return retrieval;
        return (await searchAs(tx, tenant, search, present)).retrieval;
      }),
  };
}

async function tenantLanguages(tx: Transaction): Promise<Language[]> {
  return (
    await tx.query<{ language: Language }>('select language from tenant_languages order by language')
  ).map((row) => row.language);
}
