/**
 * `npm run eval:retrieval [-- FOLDER [embedding|chunking_eval|cisi|squad2|answers]...]`: how well each leg, their fusion and what they are held against find what is asked for.
 */
import { randomBytes } from 'node:crypto';
import { openDatabase } from '../../src/db/database.ts';
import { embedders } from '../../src/embedders/index.ts';
import { createIndexStore } from '../../src/index-store/index-store.ts';
import { byMeaning, teacher, type Embed } from './by-meaning.ts';
import { readDataset, type CorpusDocument, type Dataset, type EvalQuery } from './dataset.ts';
import { measureEmbedding } from './embedding-speed.ts';
import { coveredShare, mean, ndcg, recall } from './metrics.ts';
import { ingestCorpus, openApplication, removeTenant } from './open-application.ts';
import { chunksOf, type Ranker } from './passages.ts';
import { plainBm25 } from './plain-bm25.ts';
import { measureRefusals } from './refusals.ts';

const TOP_CHUNKS = 5;
const DEPTH = 10;
/** Enough chunks that ten documents are among them. */
const CHUNKS_FOR_DEPTH = 50;

const [folder = '../shared/data/retrieval', ...only] = process.argv.slice(2);
const isAsked = (part: string) => only.length === 0 || only.includes(part);
const print = (line = '') => process.stdout.write(`${line}\n`);
const sets = ['chunking_eval', 'cisi', 'squad2'].map((name) => readDataset(folder, name));
const [chunking, ...ranked] = sets as [Dataset, ...Dataset[]];

// Before anything is warm.
if (isAsked('embedding'))
  await measureEmbedding(
    sets.flatMap(({ corpus }) => corpus.map(({ text }) => text)),
    print,
  );

const run = randomBytes(4).toString('hex');
const application = await openApplication();
const { settings, db, logger } = application;
const embedder = await embedders[settings.EMBEDDING_PROVIDER](settings, () => undefined);
// On a connection of its own: the two searches have other statements under the same names.
const wordsDb = settings.DATABASE_URL.reveal() === undefined ? db : await openDatabase(settings);
const words = createIndexStore(wordsDb, undefined, logger);

try {
  print(
    `\ndatabase: ${settings.DATABASE_URL.reveal() ? 'Postgres server' : 'embedded Postgres'}; embedder: ${embedder?.name ?? 'none'}; ` +
      `teacher: ${teacher ? 'all-MiniLM-L6-v2' : 'not installed (training/embeddings)'}`,
  );
  if (isAsked('chunking_eval')) await chunkRecall(chunking);
  const gains = [];
  for (const set of ranked) if (isAsked(set.name)) gains.push(await documentRanking(set));
  if (embedder && gains.length > 0)
    print(
      `\nhybrid over plain BM25, nDCG@10: ${gains.map(signed).join(', ')}; mean ${signed(mean(gains))} (targets: mean +0.03, none below -0.01)`,
    );
  if (isAsked('answers')) await measureRefusals(application, `${run}-squad2`, sets[2]!, print);
} finally {
  await application.close();
  await embedder?.close?.();
  if (wordsDb !== db) await wordsDb.close();
}

/** Calls `measure` with each way to rank a corpus, while it is a tenant's. */
async function withRankers(
  corpus: readonly CorpusDocument[],
  questions: string[],
  measure: (label: string, ranker: Ranker) => Promise<void>,
): Promise<void> {
  const tenant = `${run}-${corpus[0]!.id}-${corpus.length}`;
  const names = await ingestCorpus(application, tenant, corpus);
  const chunks = chunksOf(corpus);
  const scope = { tenant, groups: [] };
  const spans = (found: { documentId: string; start: number; end: number }[]) =>
    found.map(({ documentId, start, end }) => ({ doc_id: names.get(documentId)!, start, end }));
  await measure('plain BM25', plainBm25(chunks));
  await measure('lexical leg', async (question) =>
    spans((await words.search(scope, { question, topK: CHUNKS_FOR_DEPTH })).chunks),
  );
  if (embedder) {
    const embed: Embed = (texts) => embedder.embed(texts, 'document');
    await measure('dense alone', await byMeaning(embed, chunks, questions));
    await measure('hybrid', async (text) =>
      spans((await application.retrieve(scope, { text, topK: CHUNKS_FOR_DEPTH })).chunks),
    );
  }
  if (teacher) await measure('(teacher)', await byMeaning(teacher, chunks, questions));
  await removeTenant(application, tenant);
}

/** recall@5 of DESIGN.md: the share of the reference text that the five best chunks (at most 800 characters) hold. */
async function chunkRecall({ corpus, queries }: Dataset): Promise<void> {
  const questionsOf = (document: CorpusDocument) =>
    queries.filter((query) => query.references?.[0]?.doc_id === document.id);
  const share = async (ranker: Ranker, asked: EvalQuery[]) => {
    const shares = [];
    for (const { text, references } of asked)
      shares.push(coveredShare(references!, (await ranker(text)).slice(0, TOP_CHUNKS)));
    return mean(shares);
  };
  const alone = new Map<string, number[]>();
  for (const document of corpus) {
    const asked = questionsOf(document);
    await withRankers(
      [document],
      asked.map(({ text }) => text),
      async (label, ranker) => {
        alone.set(label, [...(alone.get(label) ?? []), await share(ranker, asked)]);
      },
    );
  }
  print(
    '\nchunking_eval: recall@5, share of the reference text in the top five chunks (targets: dense alone 0.80; hybrid 0.92, nowhere below the lexical leg)',
  );
  print(`  ${'each its own tenant'.padEnd(20)} ${corpus.map(({ id }) => id.padEnd(20)).join(' ')} mean`);
  for (const [label, shares] of alone)
    print(
      `  ${label.padEnd(20)} ${shares.map((one) => one.toFixed(4).padEnd(20)).join(' ')} ${mean(shares).toFixed(4)}`,
    );
  print('  all in one tenant');
  await withRankers(
    corpus,
    queries.map(({ text }) => text),
    async (label, ranker) => {
      const shares = [];
      for (const document of corpus) shares.push(await share(ranker, questionsOf(document)));
      print(`  ${label.padEnd(20)} ${mean(shares).toFixed(4)}`);
    },
  );
}

/** A document ranks where its best chunk does. Gives what the hybrid gains over plain BM25. */
async function documentRanking({ name, corpus, queries, relevant }: Dataset): Promise<number> {
  const found = new Map<string, number>();
  const judged = queries.filter((query) => relevant.has(query.id));
  print(`\n${name}: ${judged.length} judged queries`);
  await withRankers(
    corpus,
    judged.map(({ text }) => text),
    async (label, ranker) => {
      const scores: { ndcg: number; recall: number }[] = [];
      for (const { id, text } of judged) {
        const ranking = [...new Set((await ranker(text)).map(({ doc_id }) => doc_id))];
        scores.push({
          ndcg: ndcg(ranking, relevant.get(id)!, DEPTH),
          recall: recall(ranking, relevant.get(id)!, DEPTH),
        });
      }
      found.set(label, mean(scores.map((one) => one.ndcg)));
      print(
        `  ${label.padEnd(12)} nDCG@10 ${mean(scores.map((one) => one.ndcg)).toFixed(4)}   recall@10 ${mean(scores.map((one) => one.recall)).toFixed(4)}`,
      );
    },
  );
  return (found.get('hybrid') ?? 0) - found.get('plain BM25')!;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(4)}`;
}
