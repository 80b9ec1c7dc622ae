import { runChild } from './child.ts';
import { cpuSeconds, postgresCpuSeconds } from './cpu-time.ts';
import type { Load, LoadResult } from './load-process.ts';

export type Target = { url: string; headers: Record<string, string>; pid: number };

export type Round = LoadResult & {
  /** Milliseconds of processor time a request; undefined where the system does not say. */
  nodeMs: number | undefined;
  postgresMs: number | undefined;
};

export type LoadPlan = {
  questions: string[];
  rounds: number;
  seconds: number;
  connections: number;
  /** Postgres, where it is on this machine. */
  postmaster: number | undefined;
};

const WARM_UP_SECONDS = 3;

/** Asks the servers in turns, round after round: what else the machine does then falls on each of them alike. */
export async function runRounds(
  targets: Target[],
  { questions, rounds, seconds, connections, postmaster }: LoadPlan,
): Promise<Map<Target, Round[]>> {
  const measured = new Map(targets.map((target) => [target, [] as Round[]]));
  let from = 0;
  for (const target of targets) await ask(target, WARM_UP_SECONDS);
  for (let round = 1; round <= rounds; round += 1) {
    from = Math.floor(((round - 1) / rounds) * questions.length);
    for (const target of targets) {
      const before = [cpuSeconds(target.pid), postgresCpuSeconds(postmaster)] as const;
      const result = await ask(target, seconds);
      const used = (start: number | undefined, end: number | undefined) =>
        start === undefined || end === undefined ? undefined : ((end - start) * 1000) / result.requests;
      measured.get(target)!.push({
        ...result,
        nodeMs: used(before[0], cpuSeconds(target.pid)),
        postgresMs: used(before[1], postgresCpuSeconds(postmaster)),
      });
    }
  }
  return measured;

  function ask({ url, headers }: Target, duration: number): Promise<LoadResult> {
    const load: Load = { url, headers, questions, from, connections, seconds: duration };
    return runChild<LoadResult>('./load-process.ts', load);
  }
}

/** The middle one of each figure; an even number of rounds takes the better of the two. */
export function medianRound(rounds: readonly Round[]): Round {
  const median = (name: keyof Round) => middle(rounds.map((round) => round[name]));
  return {
    requests: median('requests')!,
    requestsPerSecond: median('requestsPerSecond')!,
    p50: median('p50')!,
    p95: median('p95')!,
    p99: median('p99')!,
    nodeMs: median('nodeMs'),
    postgresMs: median('postgresMs'),
  };
}

export function middle(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return known.length === values.length ? known[Math.floor((known.length - 1) / 2)] : undefined;
}
