/**
 * `npm run bench`: ingests a corpus, then asks Sallyport, a bare route with the same SQL and a bare constant the same
 * questions; the result is printed and kept in bench/RESULTS.md.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../test/support/start-server.ts';
import { runChild, startChild } from './child.ts';
import { closeAll, closers } from './closers.ts';
import { ask, openBenchDatabase } from './database.ts';
import type { IngestInput, IngestResult } from './ingest-process.ts';
import { runRounds, type Target } from './load.ts';
import { machine } from './machine.ts';
import { FULL_CHUNKS, readOptions } from './options.ts';
import { report } from './report.ts';
import type { RecordedQuestion, SqlServerInput } from './servers/sql-server.ts';

const ENOUGH = '1000000000';

const options = readOptions();

try {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const database = await openBenchDatabase(options.database, options.keep);
  closers.push(() => database.close());
  progress(`${machine()}\n${database.version}`);

  const recordFile = join(folder, 'questions.json');
  const ingest = await runChild<IngestResult>('./ingest-process.ts', {
    settings: database.settings,
    texts: options.texts,
    files: existsSync(options.files) ? options.files : undefined,
    chunks: options.database === undefined ? options.chunks : 0,
    recordFile,
  } satisfies IngestInput);
  await ask(database.pool, 'vacuum analyze');
  const [counted] = await ask<{ chunks: number }>(
    database.pool,
    "select count(*)::integer as chunks from sallyport.chunks where tenant = 'default'",
  );
  progress(`${counted!.chunks} chunks are in; asking`);

  const server = await startServer({
    env: {
      ...database.settings,
      NODE_ENV: 'production',
      LOG_LEVEL: 'error',
      RATE_LIMIT_PER_MINUTE: ENOUGH,
      ADDRESS_RATE_LIMIT_PER_MINUTE: ENOUGH,
    },
  });
  closers.push(() => server.stop());
  const start = async (module: string, input: unknown): Promise<Target> => {
    const child = await startChild<{ url: string }>(module, input);
    closers.push(() => child.stop());
    return { url: child.told.url, headers: {}, pid: child.pid };
  };
  const sallyport = {
    url: server.url,
    headers: { 'x-api-key': server.queryKey },
    pid: server.pid,
  };
  const sqlInput: SqlServerInput = { pool: database.pool, recordFile };
  const sameSql = await start('./servers/sql-server.ts', sqlInput);
  const constant = await start('./servers/constant-server.ts', {});

  const questions = (JSON.parse(readFileSync(recordFile, 'utf8')) as RecordedQuestion[]).map(
    (one) => one.question,
  );
  const { rounds, seconds, connections } = options;
  const measured = await runRounds([sallyport, sameSql, constant], {
    questions,
    rounds,
    seconds,
    connections,
    postmaster: database.postmaster,
  });
  const text = report({
    machine: machine(),
    database: database.version,
    chunks: counted!.chunks,
    plan: { rounds, seconds, connections, questions: questions.length },
    ingest,
    sallyport: measured.get(sallyport)!,
    sameSql: measured.get(sameSql)!,
    constant: measured.get(constant)!,
  });
  process.stdout.write(`\n${text}`);
  // A part of a run must not take the place of a whole one.
  if (options.database === undefined && options.chunks >= FULL_CHUNKS)
    writeFileSync(join(import.meta.dirname, 'RESULTS.md'), text);
  if (options.keep) progress(`kept: --database ${String(database.name)}`);
} finally {
  await closeAll();
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
