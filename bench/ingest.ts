import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Application } from '../src/compose.ts';
import { draftFromText, type DocumentDraft } from '../src/ingest/document-draft.ts';
import { makeCorpus } from './corpus.ts';
import { postgresCpuSeconds, postmasterOf } from './cpu-time.ts';
import type { CorpusDocument } from './eval/dataset.ts';
import { startStageClock, type StageClock, type StageSeconds } from './ingest-stages.ts';

export type IngestMeasure = {
  documents: number;
  chunks: number;
  bytes: number;
  seconds: number;
  stages: StageSeconds;
  /** Processor time of the application's process (parsers have their own), and of Postgres where it is known. */
  cpuSeconds: number;
  postgresCpuSeconds: number | undefined;
};

const BATCH = 200;
/** There are few files: several times over, starting the parsers is a smaller part of it. */
const FILE_ROUNDS = 3;

/** Ingests made-up documents, as many at once as a large upload has, until there are enough chunks. */
export async function ingestTexts(
  application: Application,
  tenant: string,
  texts: CorpusDocument[],
  enough: number,
): Promise<IngestMeasure> {
  return measure(application, async (ingested) => {
    let chunks = 0;
    let batch: DocumentDraft[] = [];
    for (const { id, title, text } of makeCorpus(texts)) {
      batch.push(draftFromText(text, { title, source: id }));
      if (batch.length < BATCH) continue;
      const found = await index(application, tenant, batch);
      ingested({
        ...found,
        documents: batch.length,
        bytes: sum(batch.map((draft) => Buffer.byteLength(draft.text))),
      });
      batch = [];
      chunks += found.chunks;
      if (chunks >= enough) return;
      process.stderr.write(`\r${chunks} chunks `);
    }
  });
}

/** Ingests the files of a folder through the parsers' processes; bytes are those of the files. */
export async function ingestFiles(
  application: Application,
  tenant: string,
  folder: string,
): Promise<IngestMeasure> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.jsonl'))
    .map((entry) => ({ filename: entry.name, bytes: readFileSync(join(entry.parentPath, entry.name)) }));
  return measure(application, async (ingested, clock) => {
    for (let round = 1; round <= FILE_ROUNDS; round += 1) {
      clock.enter('parse');
      const read = files.map(async (file) => {
        const [draft] = await application.readFiles(tenant, [file], { source: `${round}/${file.filename}` });
        // The same text again would be recognised, and not indexed.
        return { bytes: file.bytes.length, draft: { ...draft!, text: `${draft!.text}\n${round}` } };
      });
      // Some cannot be read (damaged, encrypted, scanned): they are not counted.
      const readable = (await Promise.allSettled(read)).flatMap((one) =>
        one.status === 'fulfilled' ? [one.value] : [],
      );
      clock.enter('rest');
      const found = await index(
        application,
        tenant,
        readable.map((one) => one.draft),
      );
      ingested({ ...found, documents: readable.length, bytes: sum(readable.map((one) => one.bytes)) });
    }
  });
}

type Ingested = { documents: number; chunks: number; bytes: number };

async function measure(
  { db }: Application,
  work: (ingested: (more: Ingested) => void, clock: StageClock) => Promise<void>,
): Promise<IngestMeasure> {
  const [session] = await db.asOwner((tx) => tx.query<{ pid: number }>('select pg_backend_pid() as pid'));
  const postmaster = postmasterOf(session!.pid);
  const total: Ingested = { documents: 0, chunks: 0, bytes: 0 };
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  const postgresBefore = postgresCpuSeconds(postmaster);
  const clock = startStageClock();
  await work(({ documents, chunks, bytes }) => {
    total.documents += documents;
    total.chunks += chunks;
    total.bytes += bytes;
  }, clock);
  const stages = clock.stop();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const postgresAfter = postgresCpuSeconds(postmaster);
  return {
    ...total,
    seconds,
    stages,
    cpuSeconds: (user + system) / 1e6,
    postgresCpuSeconds:
      postgresBefore === undefined || postgresAfter === undefined
        ? undefined
        : postgresAfter - postgresBefore,
  };
}

async function index(
  { ingest }: Application,
  tenant: string,
  drafts: DocumentDraft[],
): Promise<{ chunks: number }> {
  const documents = await ingest.acceptAndWait({ tenant, groups: [] }, drafts);
  return { chunks: sum(documents.map((document) => document.chunks)) };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
