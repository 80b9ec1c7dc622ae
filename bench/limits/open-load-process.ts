import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { serveParent } from '../child.ts';
import { seededRandom } from '../random.ts';
import { percentile } from '../table.ts';

export type OpenLoad = {
  url: string;
  /** Each request comes from one of these, by chance. */
  keys: string[];
  requestsPerSecond: number;
  /** Asked before, and not counted. */
  warmUpSeconds: number;
  seconds: number;
  seed: number;
};

/** Latencies in milliseconds. */
export type OpenLoadResult = { requests: number; p50: number; p95: number; p99: number };

/** Timers come late by up to about a millisecond: the rest is waited for awake. */
const AWAKE_MS = 1.5;

/**
 * Sends requests at times drawn by chance beforehand (a Poisson process), whatever the server does meanwhile, and counts
 * each from the time it was due: a stall of the server, or of this process, is counted for all who would have waited.
 */
serveParent(async ({ url, keys, requestsPerSecond, warmUpSeconds, seconds, seed }: OpenLoad) => {
  const random = seededRandom(seed);
  // In turns: a connection that is long unused may be closed by the server just when it is asked.
  const agent = new Agent({ keepAlive: true, scheduling: 'fifo' });
  const latencies: number[] = [];
  const answers: Promise<void>[] = [];
  const countsFrom = performance.now() + warmUpSeconds * 1000;
  const end = countsFrom + seconds * 1000;
  let due = performance.now();

  const ask = async (dueAt: number) => {
    await answered(url, random.pick(keys), agent);
    if (dueAt >= countsFrom) latencies.push(performance.now() - dueAt);
  };
  for (;;) {
    due -= (Math.log(1 - random.next()) * 1000) / requestsPerSecond;
    if (due > end) break;
    const early = due - performance.now() - AWAKE_MS;
    if (early >= 1) await sleep(Math.floor(early));
    while (performance.now() < due) await turn();
    answers.push(ask(due));
  }
  await Promise.all(answers);
  agent.destroy();
  latencies.sort((a, b) => a - b);
  return {
    requests: latencies.length,
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
    p99: percentile(latencies, 0.99),
  };
});

async function answered(url: string, key: string, agent: Agent): Promise<void> {
  const asking = request(`${url}/query`, { agent, method: 'POST', headers: { 'x-api-key': key } }).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  await once(response.resume(), 'end');
  if (response.statusCode !== 200) throw new Error(`${url}: answered with ${String(response.statusCode)}`);
}
