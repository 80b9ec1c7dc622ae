/**
 * `npm run bench:audit -- [--seconds 10]`: how many audit events a second two processes write to Postgres, how long each is
 * waited for, and how fast the log is verified; printed, and kept in bench/AUDIT.md. Starts a Postgres unless DATABASE_URL
 * gives one, and makes it write to the disk as it would in production.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseSettings } from '../src/config/load.ts';
import { openDatabase } from '../src/db/database.ts';
import { migrate } from '../src/db/migrate.ts';
import type { AppendInput, AppendResult } from './audit/append-process.ts';
import type { VerifyResult } from './audit/verify-process.ts';
import { runChild } from './child.ts';
import { closeAll, closers } from './closers.ts';
import { openBenchDatabase } from './database.ts';
import { machine } from './machine.ts';
import { row } from './table.ts';

const PROCESSES = 2;
const FULL_SECONDS = 10;
const { values } = parseArgs({ options: { seconds: { type: 'string', default: String(FULL_SECONDS) } } });
const seconds = Number(values.seconds);

try {
  await measure();
} finally {
  await closeAll();
}

async function measure(): Promise<void> {
  const database = await openBenchDatabase(undefined, false, { durable: true });
  closers.push(() => database.close());
  if (database.settings.DATABASE_URL === undefined) {
    process.stdout.write(
      'Postgres is not installed, and the embedded one is for one server: set DATABASE_URL.\n',
    );
    return;
  }
  const settings = {
    ...database.settings,
    NODE_ENV: 'production',
    LOG_LEVEL: 'error',
    AUDIT_BUFFER_EVENTS: '100000',
  };
  const db = await openDatabase(parseSettings(settings));
  await migrate(db);
  await db.close();

  const loads = [
    { name: '2,000 a second, one tenant', tenants: 1, rate: 1_000, callers: 0 },
    { name: '2,000 a second, 50 tenants', tenants: 50, rate: 1_000, callers: 0 },
    { name: 'as many as go, 64 callers each, one tenant', tenants: 1, rate: 0, callers: 64 },
    { name: 'as many as go, 64 callers each, 50 tenants', tenants: 50, rate: 0, callers: 64 },
    { name: 'one caller each, one tenant', tenants: 1, rate: 0, callers: 1 },
  ];
  const lines: string[] = [];
  for (const { name, ...load } of loads) {
    const startAt = Date.now() + 1_500;
    const input: AppendInput = { settings, seconds, startAt, ...load };
    const results = await Promise.all(
      Array.from({ length: PROCESSES }, () => runChild<AppendResult>('audit/append-process.ts', input)),
    );
    const waits = results.flatMap(({ waitsMs }) => waitsMs).sort((a, b) => a - b);
    const at = (share: number) => (waits[Math.floor(share * (waits.length - 1))] ?? NaN).toFixed(1);
    const cpu = results.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / waits.length;
    const refused = results.reduce((sum, one) => sum + one.refused, 0);
    const rate = Math.round(waits.length / seconds).toLocaleString('en');
    lines.push(row(name, [rate, at(0.5), at(0.99), cpu.toFixed(3), String(refused)]));
  }
  const verified = await runChild<VerifyResult>('audit/verify-process.ts', { settings });
  const perSecond = (took: number) => Math.round(verified.records / took).toLocaleString('en');
  const text = `# What the audit log takes

${machine()}
${database.version}

${PROCESSES} processes write to one Postgres for ${seconds} s, each through the log of a server; every event is waited for
until it is committed. Load, writers and Postgres share the machine. The aim is 2,000 events a second, and 50,000 records
verified a second.

| | events a second | wait p50 ms | p99 ms | Node CPU ms an event | refused |
| --- | ---: | ---: | ---: | ---: | ---: |
${lines.join('\n')}

Verified: ${verified.records.toLocaleString('en')} records (${verified.ok ? 'whole' : 'NOT WHOLE'}),
**${perSecond(verified.seconds)} a second** in the database, ${perSecond(verified.exportSeconds)} exported a second,
${perSecond(verified.offlineSeconds)} a second of an export.
`;
  process.stdout.write(text);
  if (seconds === FULL_SECONDS) writeFileSync(join(import.meta.dirname, 'AUDIT.md'), text);
}
