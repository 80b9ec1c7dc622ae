import autocannon from 'autocannon';
import { serveParent } from './child.ts';
import { percentile } from './table.ts';

export type Load = {
  url: string;
  headers: Record<string, string>;
  questions: string[];
  /** Where in the questions to begin: a round after another asks other ones. */
  from: number;
  connections: number;
  seconds: number;
};

/** Latencies in milliseconds. */
export type LoadResult = {
  requests: number;
  requestsPerSecond: number;
  p50: number;
  p95: number;
  p99: number;
};

/** Asks one server for a while over a fixed number of connections, each request with another question. */
serveParent(async ({ url, headers, questions, from, connections, seconds }: Load) => {
  let asked = from;
  const latencies: number[] = [];
  const nextQuestion = () => JSON.stringify({ query: questions[asked++ % questions.length]! });
  const { promise, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  const request: autocannon.Request = {
    method: 'POST',
    path: '/query',
    headers: { 'content-type': 'application/json', ...headers },
    setupRequest: (made) => ({ ...made, body: nextQuestion() }),
  };
  autocannon({ url, connections, duration: seconds, requests: [request] }, (error: unknown, result) => {
    if (error) reject(error);
    else resolve(result);
  }).on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  const { errors, non2xx, duration } = await promise;
  if (errors > 0 || non2xx > 0)
    throw new Error(`${url}: ${errors} failed, ${non2xx} were not answered with 2xx`);
  latencies.sort((a, b) => a - b);
  return {
    requests: latencies.length,
    requestsPerSecond: latencies.length / duration,
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
    p99: percentile(latencies, 0.99),
  };
});
