import { row } from '../table.ts';
import type { LedgerMeasure } from './ledger-process.ts';
import { medianOf, p50Cost, type OpenRound } from './open-rounds.ts';

/** The aim: less than this on top of the bare route's p50. */
export const TARGET_COST_MS = 1.5;

export type NamedRounds = { name: string; rounds: OpenRound[] };

export type Measured = {
  machine: string;
  database: string;
  redis: string;
  /** Of the last minute, before anything was asked. */
  loadAverage: number;
  plan: { rounds: number; seconds: number; requestsPerSecond: number; callers: number };
  bare: NamedRounds;
  guarded: NamedRounds;
  /** The guarded server with less, or otherwise. */
  others: NamedRounds[];
  ledgers: LedgerMeasure[];
};

/** The report, in Markdown. */
export function report(measured: Measured): string {
  const { machine, database, redis, loadAverage, plan, bare, guarded, others, ledgers } = measured;
  const costs = guarded.rounds.map(({ p50 }, place) => (p50 - bare.rounds[place]!.p50).toFixed(2));
  const cost = p50Cost(guarded.rounds, bare.rounds);
  const serverRow = ({ name, rounds }: NamedRounds) =>
    row(name, [
      ...(['p50', 'p95', 'p99'] as const).map((figure) => fixed(medianOf(rounds, figure))),
      rounds === bare.rounds ? '' : p50Cost(rounds, bare.rounds).toFixed(2),
      ...(['nodeMs', 'redisMs', 'postgresMs'] as const).map((figure) => fixed(medianOf(rounds, figure))),
    ]);
  const heads = [
    '| | p50 ms | p95 ms | p99 ms | cost at p50 | Node CPU ms | Redis CPU ms | Postgres CPU ms |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  return [
    '# What identity and limits cost',
    '',
    `\`npm run bench:limits\`, on ${new Date().toISOString().slice(0, 10)}.`,
    '',
    `- ${machine}; load average before: ${loadAverage.toFixed(2)}`,
    `- ${database}`,
    `- ${redis}`,
    '',
    `## A request, at ${plan.requestsPerSecond} a second`,
    '',
    `${plan.callers} callers with stored keys, ${plan.rounds} rounds of ${plan.seconds} s each in turns (medians). Requests are sent at times drawn by chance,`,
    'whatever the server does, and counted from when they were due. Load, servers, Redis and Postgres share the machine.',
    '',
    'Guarded is the same route behind: request id, limit by address, key, scope, limit by principal; then an answer of a',
    'paid model is metered: reserved and settled in tokens a minute, USD for the user and day, the day, the month, and for',
    'every second one as an open stream. What was used is written to Postgres behind.',
    '',
    ...heads,
    serverRow(bare),
    serverRow(guarded),
    '',
    `It costs **${cost.toFixed(2)} ms** at p50 (rounds: ${costs.join(', ')}); the aim is under ${TARGET_COST_MS} ms. CPU is for one request.`,
    '',
    '## What of it costs what',
    '',
    ...heads,
    ...others.map(serverRow),
    '',
    '## The ledger alone',
    '',
    'One reserve and its settlement in five accounts, in one process.',
    '',
    '| | at once | p50 ms | p99 ms | a second |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...ledgers.map(({ name, concurrent, p50, p99, perSecond }) =>
      row(name, [
        String(concurrent),
        p50.toFixed(3),
        p99.toFixed(3),
        Math.round(perSecond).toLocaleString('en'),
      ]),
    ),
    '',
    'How long a revoked key still opens is no matter of speed, and is measured by a test over two processes.',
    '',
  ].join('\n');
}

function fixed(value: number | undefined): string {
  return value?.toFixed(2) ?? '–';
}
