import { randomBytes } from 'node:crypto';
import type { Application } from '../../src/compose.ts';
import { chunkDocument } from '../../src/documents/chunk-document.ts';
import { findBlocks } from '../../src/documents/plain-text.ts';
import { contextOf } from '../../src/index-store/chunk-rows.ts';
import { readDataset, type CorpusDocument, type Dataset } from './dataset.ts';
import { coveredShare, mean, ndcg, recall } from './metrics.ts';
import { ingestCorpus, openApplication, removeTenant } from './open-application.ts';
import { plainBm25 } from './plain-bm25.ts';
import { measureRefusals } from './refusals.ts';

const TOP_CHUNKS = 5;
const DEPTH = 10;
/** Enough chunks that ten documents are among them. */
const CHUNKS_FOR_DEPTH = 50;

const folder = process.argv[2] ?? '../shared/data/retrieval';
const run = randomBytes(4).toString('hex');
const application = await openApplication();
const print = (line = '') => process.stdout.write(`${line}\n`);

try {
  print(
    `database: ${application.settings.DATABASE_URL ? 'Postgres server' : 'embedded Postgres'}; embedder: ${application.settings.EMBEDDING_PROVIDER}`,
  );
  await chunkRecall(readDataset(folder, 'chunking_eval'));
  for (const name of ['cisi', 'squad2']) await documentRanking(readDataset(folder, name));
  await measureRefusals(application, `${run}-squad2`, readDataset(folder, 'squad2'), print);
} finally {
  await application.close();
}

/** recall@5 of DESIGN.md: the share of the reference text that the five best chunks (at most 800 characters) hold. */
async function chunkRecall({ corpus, queries }: Dataset): Promise<void> {
  print('\nchunking_eval: recall@5 (share of the reference text in the top five chunks)');
  const scores = async (tenant: string, names: Map<string, string>, document: CorpusDocument) => {
    const own = queries.filter((query) => query.references?.[0]?.doc_id === document.id);
    const shares = [];
    for (const { text, references } of own) {
      const { chunks } = await application.retrieve({ tenant, groups: [] }, { text, topK: TOP_CHUNKS });
      const spans = chunks.map(({ documentId, start, end }) => ({
        doc_id: names.get(documentId)!,
        start,
        end,
      }));
      shares.push(coveredShare(references!, spans));
    }
    return mean(shares);
  };
  const alone: number[] = [];
  for (const document of corpus) {
    const tenant = `${run}-${document.id}`;
    alone.push(await scores(tenant, await ingestCorpus(application, tenant, [document]), document));
    await removeTenant(application, tenant);
  }
  const shared = `${run}-all`;
  const names = await ingestCorpus(application, shared, corpus);
  const together: number[] = [];
  for (const document of corpus) together.push(await scores(shared, names, document));
  await removeTenant(application, shared);
  corpus.forEach(({ id }, place) =>
    print(
      `  ${id.padEnd(20)} alone ${alone[place]!.toFixed(4)}   in one tenant ${together[place]!.toFixed(4)}`,
    ),
  );
  print(
    `  ${'mean'.padEnd(20)} alone ${mean(alone).toFixed(4)}   in one tenant ${mean(together).toFixed(4)}   (targets 0.89, 0.86)`,
  );
}

/** A document ranks where its best chunk does. */
async function documentRanking({ name, corpus, queries, relevant }: Dataset): Promise<void> {
  const tenant = `${run}-${name}`;
  const names = await ingestCorpus(application, tenant, corpus);
  const judged = queries.filter((query) => relevant.has(query.id));
  const bm25 = plainBm25(
    corpus.flatMap(({ id, title, text }) =>
      chunkDocument(text, findBlocks(text)).map((chunk) => ({
        documentId: id,
        text: contextOf(title, chunk.headingPath, text.slice(chunk.start, chunk.end)),
      })),
    ),
  );
  const rankers: [string, (question: string) => Promise<string[]>][] = [
    ['Sallyport', async (text) => (await search(application, tenant, text)).map((id) => names.get(id)!)],
    ['plain BM25', async (text) => bm25(text).map(({ documentId }) => documentId)],
  ];
  print(`\n${name}: ${judged.length} judged queries`);
  for (const [label, ranker] of rankers) {
    const rankings: { relevant: Set<string>; ranking: string[] }[] = [];
    for (const { id, text } of judged)
      rankings.push({ relevant: relevant.get(id)!, ranking: [...new Set(await ranker(text))] });
    const score = (metric: typeof ndcg) =>
      mean(rankings.map((one) => metric(one.ranking, one.relevant, DEPTH))).toFixed(4);
    print(`  ${label.padEnd(12)} nDCG@10 ${score(ndcg)}   recall@10 ${score(recall)}`);
  }
  await removeTenant(application, tenant);
}

async function search({ retrieve }: Application, tenant: string, text: string): Promise<string[]> {
  const { chunks } = await retrieve({ tenant, groups: [] }, { text, topK: CHUNKS_FOR_DEPTH });
  return chunks.map((chunk) => chunk.documentId);
}
