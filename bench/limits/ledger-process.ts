import { createLogger } from '../../src/observability/logger.ts';
import { parseSettings } from '../../src/config/load.ts';
import type { Entry, Ledger } from '../../src/limits/ledger.ts';
import { createMemoryLedger } from '../../src/limits/memory-ledger.ts';
import { createRedisLedger } from '../../src/limits/redis-ledger.ts';
import { connectRedis } from '../../src/redis/connect-redis.ts';
import { serveParent } from '../child.ts';
import { middle } from '../load.ts';
import { percentile } from '../table.ts';

export type LedgerInput = { redisUrl: string; rounds: number; secondsEach: number };

/** Of one reserve and its settlement: milliseconds, and how many a second. */
export type LedgerMeasure = { name: string; concurrent: number; p50: number; p99: number; perSecond: number };
export type LedgerResult = { measures: LedgerMeasure[] };

const CALLERS = 20;
const CONCURRENT = [1, 32];
const WARM_UP_SECONDS = 1;
const ENOUGH = 1e15;

/** Measures the ledger alone: no HTTP, no keys. */
serveParent(async ({ redisUrl, rounds, secondsEach }: LedgerInput): Promise<LedgerResult> => {
  const logger = createLogger(parseSettings({ LOG_LEVEL: 'error' }));
  const redis = await connectRedis(redisUrl, { mayBeAway: false, logger });
  const ledgers = { Redis: createRedisLedger(redis), 'in process': createMemoryLedger() };
  const cases = Object.entries(ledgers).flatMap(([name, ledger]) =>
    CONCURRENT.map((concurrent) => ({ name, ledger, concurrent, rounds: [] as Measured[] })),
  );
  for (const { ledger, concurrent } of cases) await measure(ledger, concurrent, WARM_UP_SECONDS);
  for (let round = 1; round <= rounds; round += 1)
    for (const one of cases) one.rounds.push(await measure(one.ledger, one.concurrent, secondsEach));
  return {
    measures: cases.map(({ name, concurrent, rounds: measured }) => {
      const median = (figure: keyof Measured) => middle(measured.map((round) => round[figure]))!;
      return { name, concurrent, p50: median('p50'), p99: median('p99'), perSecond: median('perSecond') };
    }),
  };
});

type Measured = Pick<LedgerMeasure, 'p50' | 'p99' | 'perSecond'>;

async function measure(ledger: Ledger, concurrent: number, seconds: number): Promise<Measured> {
  const started = performance.now();
  const until = started + seconds * 1000;
  const latencies: number[] = [];
  let calls = 0;
  const call = async () => {
    while (performance.now() < until) {
      const entries = entriesOf((calls += 1) % CALLERS);
      const from = performance.now();
      const reservation = await ledger.reserve(entries);
      if (!reservation.granted) throw new Error(`refused by ${reservation.refusedBy.name}`);
      await ledger.settle(reservation.id, [0, 960, 171_000, 171_000, 171_000]);
      latencies.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: concurrent }, call));
  const perSecond = (latencies.length * 1000) / (performance.now() - started);
  latencies.sort((a, b) => a - b);
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), perSecond };
}

/** Those of a streamed answer with every budget set. */
function entriesOf(caller: number): Entry[] {
  const until = Date.now() + 3_600_000;
  const usd = (name: string): Entry => ({
    account: { name: `bench-usd:${name}`, limit: ENOUGH, window: { until }, spentBefore: async () => 0 },
    amount: 794_400,
  });
  return [
    { account: { name: `bench-streams:${caller}`, limit: ENOUGH }, amount: 1 },
    {
      account: { name: `bench-tokens:${caller}`, limit: ENOUGH, window: { forMs: 60_000 } },
      amount: 2_224,
    },
    usd(String(caller)),
    usd('day'),
    usd('month'),
  ];
}
