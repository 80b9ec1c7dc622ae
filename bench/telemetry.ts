/**
 * `npm run bench:telemetry -- [--chunks 5000] [--seconds 10] [--rounds 5]`: what traces and metrics cost in requests a
 * second; printed, and kept in bench/TELEMETRY.md.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChild, startChild } from './child.ts';
import { closeAll, closers } from './closers.ts';
import { ask, openBenchDatabase } from './database.ts';
import type { IngestInput, IngestResult } from './ingest-process.ts';
import { medianRound, middle, runRounds, type Target } from './load.ts';
import { machine } from './machine.ts';
import type { ObservedServerInput } from './servers/observed-server.ts';
import type { RecordedQuestion } from './servers/sql-server.ts';
import { row } from './table.ts';

const ENOUGH = '1000000000';
const CONNECTIONS = 8;
const FULL = { chunks: '5000', seconds: '10', rounds: '5' };
const { values } = parseArgs({
  options: {
    chunks: { type: 'string', default: FULL.chunks },
    seconds: { type: 'string', default: FULL.seconds },
    rounds: { type: 'string', default: FULL.rounds },
    texts: { type: 'string', default: '../shared/data/retrieval' },
  },
});

try {
  await measure();
} finally {
  await closeAll();
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const database = await openBenchDatabase(undefined, false);
  closers.push(() => database.close());
  if (database.settings.DATABASE_URL === undefined) {
    process.stdout.write(
      'Postgres is not installed, and the embedded one is for one server: set DATABASE_URL.\n',
    );
    return;
  }
  const recordFile = join(folder, 'questions.json');
  await runChild<IngestResult>('./ingest-process.ts', {
    settings: database.settings,
    texts: values.texts,
    files: undefined,
    chunks: Number(values.chunks),
    recordFile,
  } satisfies IngestInput);
  await ask(database.pool, 'vacuum analyze');
  const collector = await start('./servers/collector-server.ts', {});
  const settings = {
    ...database.settings,
    NODE_ENV: 'production',
    LOG_LEVEL: 'error',
    ADMIN_API_KEYS: 'k'.repeat(24),
    RATE_LIMIT_PER_MINUTE: ENOUGH,
    ADDRESS_RATE_LIMIT_PER_MINUTE: ENOUGH,
    // The guardrails do their work; a question that one of them would refuse is answered like the others.
    INJECTION_ACTION: 'flag',
    CONTENT_BLOCK: 'none',
  };
  const traced = { ...settings, TRACE_EXPORTER: 'otlp', TRACE_ENDPOINT: collector.url };
  const serve = (one: ObservedServerInput) => start('./servers/observed-server.ts', one);
  const servers = {
    'neither traces nor metrics': await serve({ settings, blind: true }),
    metrics: await serve({ settings, blind: false }),
    'metrics, and every trace by OTLP': await serve({ settings: traced, blind: false }),
    'metrics, and one trace in ten': await serve({
      settings: { ...traced, TRACE_SAMPLE_RATIO: '0.1' },
      blind: false,
    }),
  };
  const questions = JSON.parse(readFileSync(recordFile, 'utf8')) as RecordedQuestion[];
  const measured = await runRounds(Object.values(servers), {
    questions: questions.map(({ question }) => question),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    connections: CONNECTIONS,
    postmaster: database.postmaster,
  });
  const blind = measured.get(servers['neither traces nor metrics'])!;
  const lines = Object.entries(servers).map(([name, server]) => {
    const rounds = measured.get(server)!;
    const median = medianRound(rounds);
    // Round by round, side by side: what else the machine did then fell on both.
    const shares = rounds.map((round, nth) => 1 - round.requestsPerSecond / blind[nth]!.requestsPerSecond);
    const percent = (share: number) => (100 * share).toFixed(1);
    return row(name, [
      median.requestsPerSecond.toFixed(0),
      median.p50.toFixed(1),
      median.nodeMs?.toFixed(2) ?? '',
      `${percent(middle(shares)!)} %`,
      shares.map(percent).join(', '),
    ]);
  });
  const text = `# What traces and metrics cost

${machine()}
${database.version}

\`POST /query\` over ${Number(values.chunks).toLocaleString('en')} chunks, answers quoted; ${CONNECTIONS} connections, ${values.rounds} rounds of ${values.seconds} s each in turns
(medians). Load, servers, collector and Postgres share the machine. The aim is a loss of under 5 % of the requests a second.

| | requests a second | p50 ms | Node CPU ms a request | loss | rounds |
| --- | ---: | ---: | ---: | ---: | --- |
${lines.join('\n')}
`;
  process.stdout.write(text);
  const isFull = (['chunks', 'seconds', 'rounds'] as const).every((name) => values[name] === FULL[name]);
  if (isFull) writeFileSync(join(import.meta.dirname, 'TELEMETRY.md'), text);
}

async function start(module: string, input: object): Promise<Target> {
  const child = await startChild<{ url: string }>(module, input);
  closers.push(() => child.stop());
  return { url: child.told.url, headers: { 'x-api-key': 'k'.repeat(24) }, pid: child.pid };
}
