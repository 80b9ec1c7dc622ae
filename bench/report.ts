import type { IngestResult } from './ingest-process.ts';
import { INGEST_STAGES, type IngestStage } from './ingest-stages.ts';
import type { IngestMeasure } from './ingest.ts';
import { medianRound, middle, type Round } from './load.ts';
import { row } from './table.ts';

/** The aim: Sallyport's requests a second as a share of those of the same SQL with nothing around it. */
export const TARGET_RATIO = 0.6;

const STAGE_NAMES: Record<IngestStage, string> = {
  parse: 'parse',
  chunk: 'chunk, count terms',
  embed: 'embed',
  words: 'store chunks (text, GIN, statistics)',
  vectors: 'store vectors (HNSW)',
  rest: 'the rest: jobs, documents, making the texts',
};

export type Measured = {
  machine: string;
  database: string;
  chunks: number;
  plan: { seconds: number; rounds: number; connections: number; questions: number };
  ingest: IngestResult;
  sallyport: Round[];
  sameSql: Round[];
  constant: Round[];
};

/** The report, in Markdown. */
export function report({
  machine,
  database,
  chunks,
  plan,
  ingest,
  sallyport,
  sameSql,
  constant,
}: Measured): string {
  const ratio = middle(
    sallyport.map((round, place) => round.requestsPerSecond / sameSql[place]!.requestsPerSecond),
  )!;
  const ingested = [
    ...(ingest.texts ? [{ name: 'texts', measure: ingest.texts }] : []),
    ...(ingest.files ? [{ name: 'files, through the parsers', measure: ingest.files }] : []),
  ];
  const lines = [
    '# What it measures',
    '',
    `\`npm run bench\`, on ${new Date().toISOString().slice(0, 10)}.`,
    '',
    `- ${machine}`,
    `- ${database}`,
    '',
    '## `POST /query`',
    '',
    `${thousands(chunks)} chunks, the extractive model, ${plan.connections} connections, ${thousands(plan.questions)} questions,`,
    `${plan.rounds} rounds of ${plan.seconds} s each in turns (medians). Load, servers and Postgres share the machine.`,
    '',
    '| | requests/s | p50 ms | p95 ms | p99 ms | Node CPU ms | Postgres CPU ms |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    queryRow('Sallyport', sallyport),
    queryRow('(a) a bare Express route that does the same SQL', sameSql),
    queryRow('(b) a bare Express route that returns a constant', constant),
    '',
    `Sallyport does **${ratio.toFixed(2)}** of (a); the aim is ${TARGET_RATIO}. CPU is for one request.`,
    '',
    ...(ingested.length === 0
      ? []
      : [
          '## Ingest',
          '',
          '| | documents | chunks | chunks/s | documents/s | MB/s | s | Node CPU s | Postgres CPU s |',
          '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
          ...ingested.map(({ name, measure }) => ingestRow(name, measure)),
          '',
          'The same seconds by stage:',
          '',
          row('', Object.values(STAGE_NAMES)),
          row(
            '---',
            INGEST_STAGES.map(() => '---:'),
          ),
          ...ingested.map(({ name, measure }) => stageRow(name, measure)),
          '',
          `Peak memory of the application: ${Math.round(ingest.peakMemoryBytes / 1e6)} MB (the parsers have processes of their own).`,
          '',
        ]),
  ];
  return lines.join('\n');
}

function queryRow(name: string, rounds: readonly Round[]): string {
  const { requestsPerSecond, p50, p95, p99, nodeMs, postgresMs } = medianRound(rounds);
  return row(name, [
    requestsPerSecond.toFixed(0),
    ...[p50, p95, p99].map((ms) => ms.toFixed(1)),
    fixed(nodeMs),
    fixed(postgresMs),
  ]);
}

function ingestRow(name: string, { documents, chunks, bytes, seconds, ...cpu }: IngestMeasure): string {
  return row(name, [
    thousands(documents),
    thousands(chunks),
    (chunks / seconds).toFixed(0),
    (documents / seconds).toFixed(1),
    (bytes / 1e6 / seconds).toFixed(2),
    seconds.toFixed(0),
    cpu.cpuSeconds.toFixed(0),
    cpu.postgresCpuSeconds?.toFixed(0) ?? '–',
  ]);
}

function stageRow(name: string, { stages, seconds }: IngestMeasure): string {
  return row(
    name,
    INGEST_STAGES.map(
      (stage) => `${stages[stage].toFixed(1)} (${((stages[stage] / seconds) * 100).toFixed(0)} %)`,
    ),
  );
}

function fixed(value: number | undefined): string {
  return value?.toFixed(2) ?? '–';
}

function thousands(value: number): string {
  return value.toLocaleString('en');
}
