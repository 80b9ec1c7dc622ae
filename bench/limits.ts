/**
 * `npm run bench:limits -- [--rate 200] [--seconds 10] [--rounds 5]`: what keys, limits and budgets with Redis cost a
 * request; printed, and kept in bench/LIMITS.md. Starts a Redis and, unless DATABASE_URL gives one, a Postgres.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseSettings } from '../src/config/load.ts';
import { createLogger } from '../src/observability/logger.ts';
import { connectRedis } from '../src/redis/connect-redis.ts';
import { startRedis } from '../test/support/services/redis.ts';
import { runChild, startChild } from './child.ts';
import { closeAll, closers } from './closers.ts';
import { openBenchDatabase } from './database.ts';
import type { LedgerInput, LedgerResult } from './limits/ledger-process.ts';
import { runOpenRounds, type OpenTarget } from './limits/open-rounds.ts';
import { report } from './limits/report.ts';
import { makeKeys } from './limits/stored-keys.ts';
import { machine } from './machine.ts';
import type { Guarded, LimitsServerInput } from './servers/limits-server.ts';

const FULL = { rate: 200, seconds: 10, rounds: 3 };
const CALLERS = 20;
const MANY_CALLERS = 200;
const ENOUGH = '1000000000';
const ENOUGH_USD = '1000000';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: String(FULL.rate) },
    seconds: { type: 'string', default: String(FULL.seconds) },
    rounds: { type: 'string', default: '5' },
  },
});
const [rate, seconds, rounds] = [positive('rate'), positive('seconds'), positive('rounds')];

try {
  await measure();
} finally {
  await closeAll();
}

async function measure(): Promise<void> {
  const [loadAverage] = loadavg() as [number, number, number];
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const service = await startRedis(folder);
  if (!service.covered) {
    leave(`redis-server is ${service.reason}: there is nothing to measure.`);
    return;
  }
  closers.push(() => service.stop());
  const redisUrl = service.env.TEST_REDIS_URL!;
  const database = await openBenchDatabase(undefined, false);
  closers.push(() => database.close());
  if (database.settings.DATABASE_URL === undefined) {
    leave('Postgres is not installed, and the embedded one serves a single server: set DATABASE_URL.');
    return;
  }

  const inProcess = {
    ...database.settings,
    NODE_ENV: 'production',
    LOG_LEVEL: 'error',
    EMBEDDING_PROVIDER: 'none',
    LLM_PROVIDER: 'openai',
    OPENAI_API_KEY: 'never-asked',
    RATE_LIMIT_PER_MINUTE: ENOUGH,
    ADDRESS_RATE_LIMIT_PER_MINUTE: ENOUGH,
    TOKENS_PER_MINUTE_PER_USER: ENOUGH,
    CONCURRENT_STREAMS_PER_USER: ENOUGH,
    BUDGET_USD_PER_REQUEST: ENOUGH_USD,
    BUDGET_USD_PER_USER_PER_DAY: ENOUGH_USD,
    BUDGET_USD_PER_DAY: ENOUGH_USD,
    BUDGET_USD_PER_MONTH: ENOUGH_USD,
  };
  const shared = { ...inProcess, REDIS_URL: redisUrl };
  const settings = parseSettings(shared);
  const logger = createLogger(settings);
  const redis = await connectRedis(redisUrl, { mayBeAway: false, logger });
  closers.push(() => redis.close());
  const callers = await makeKeys(MANY_CALLERS, settings, logger);
  const keys = callers.slice(0, CALLERS);

  const start = async (name: string, module: string, input: object): Promise<OpenTarget> => {
    const child = await startChild<{ url: string }>(module, input);
    closers.push(() => child.stop());
    return { name, url: child.told.url, pid: child.pid, keys };
  };
  const guard = (name: string, guarded: Guarded, given: Record<string, string> = shared) =>
    start(name, './servers/limits-server.ts', { settings: given, guarded } satisfies LimitsServerInput);

  progress(`${machine()}\n${database.version}`);
  const bare = await start('bare', './servers/constant-server.ts', {});
  const guarded = await guard('guarded', 'budgets');
  const others = [
    await guard('request id, key and scope alone', 'keys'),
    await guard('those and the rate limits', 'rates'),
    { ...guarded, name: `all, ${MANY_CALLERS} callers: most keys are looked up in Postgres`, keys: callers },
    await guard('all, counted in process (no REDIS_URL)', 'budgets', inProcess),
  ];
  progress('asking');
  const measured = await runOpenRounds([bare, guarded, ...others], {
    rounds,
    seconds,
    requestsPerSecond: rate,
    postmaster: database.postmaster,
    redisCpuSeconds: async () => cpuSecondsIn(String(await redis.send(['INFO', 'cpu']))),
  });
  const ledgers = await runChild<LedgerResult>('./limits/ledger-process.ts', {
    redisUrl,
    rounds,
    secondsEach: 2,
  } satisfies LedgerInput);
  const version = /redis_version:(\S+)/.exec(String(await redis.send(['INFO', 'server'])))?.[1];

  const roundsOf = (target: OpenTarget) => ({ name: target.name, rounds: measured.get(target)! });
  const text = report({
    machine: machine(),
    database: database.version,
    redis: `Redis ${String(version)} on loopback, nothing kept on disk`,
    loadAverage,
    plan: { rounds, seconds, requestsPerSecond: rate, callers: CALLERS },
    bare: roundsOf(bare),
    guarded: roundsOf(guarded),
    others: others.map(roundsOf),
    ledgers: ledgers.measures,
  });
  process.stdout.write(`\n${text}`);
  // A part of a run must not take the place of a whole one.
  if (rate === FULL.rate && seconds >= FULL.seconds && rounds >= FULL.rounds)
    writeFileSync(join(import.meta.dirname, 'LIMITS.md'), text);
}

/** Of Redis as a whole, by its own count. */
function cpuSecondsIn(info: string): number {
  const seconds = (name: string) => Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]);
  return seconds('used_cpu_sys') + seconds('used_cpu_user');
}

function positive(name: keyof typeof values): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} takes a positive integer`);
  return number;
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

function leave(reason: string): void {
  progress(reason);
  process.exitCode = 1;
}
