import { runChild } from '../child.ts';
import { cpuSeconds, postgresCpuSeconds } from '../cpu-time.ts';
import { middle } from '../load.ts';
import type { OpenLoad, OpenLoadResult } from './open-load-process.ts';

export type OpenTarget = { name: string; url: string; pid: number; keys: string[] };

export type OpenRound = OpenLoadResult & {
  /** Milliseconds of processor time a request; undefined where the system does not say. */
  nodeMs: number | undefined;
  redisMs: number | undefined;
  postgresMs: number | undefined;
};

export type OpenPlan = {
  rounds: number;
  seconds: number;
  requestsPerSecond: number;
  /** Postgres, where it is on this machine. */
  postmaster: number | undefined;
  redisCpuSeconds: () => Promise<number>;
};

const FIRST_WARM_UP_SECONDS = 5;
const WARM_UP_SECONDS = 2;

/** Asks the servers in turns, round after round; in a round, each is asked at the same times. */
export async function runOpenRounds(
  targets: readonly OpenTarget[],
  { rounds, seconds, requestsPerSecond, postmaster, redisCpuSeconds }: OpenPlan,
): Promise<Map<OpenTarget, OpenRound[]>> {
  const measured = new Map(targets.map((target) => [target, [] as OpenRound[]]));
  const ask = ({ url, keys }: OpenTarget, times: Pick<OpenLoad, 'seconds' | 'warmUpSeconds' | 'seed'>) =>
    runChild<OpenLoadResult>('./limits/open-load-process.ts', {
      url,
      keys,
      requestsPerSecond,
      ...times,
    } satisfies OpenLoad);
  const cpu = async ({ pid }: OpenTarget) => ({
    nodeMs: cpuSeconds(pid),
    redisMs: await redisCpuSeconds(),
    postgresMs: postgresCpuSeconds(postmaster),
  });

  for (const target of targets)
    await ask(target, { warmUpSeconds: 0, seconds: FIRST_WARM_UP_SECONDS, seed: 0 });
  for (let round = 1; round <= rounds; round += 1) {
    for (const target of targets) {
      const before = await cpu(target);
      const result = await ask(target, { warmUpSeconds: WARM_UP_SECONDS, seconds, seed: round });
      const after = await cpu(target);
      // The warm-up's requests cost like the others.
      const requests = (result.requests * (WARM_UP_SECONDS + seconds)) / seconds;
      const used = (name: keyof typeof before) => {
        const [start, end] = [before[name], after[name]];
        return start === undefined || end === undefined ? undefined : ((end - start) * 1000) / requests;
      };
      measured.get(target)!.push({
        ...result,
        nodeMs: used('nodeMs'),
        redisMs: used('redisMs'),
        postgresMs: used('postgresMs'),
      });
    }
  }
  return measured;
}

export function medianOf(rounds: readonly OpenRound[], name: keyof OpenRound): number | undefined {
  return middle(rounds.map((round) => round[name]));
}

/** What a server adds to the p50 of another: the middle of the differences, round by round. */
export function p50Cost(rounds: readonly OpenRound[], bare: readonly OpenRound[]): number {
  return middle(rounds.map(({ p50 }, place) => p50 - bare[place]!.p50))!;
}
