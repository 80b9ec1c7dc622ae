import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { startCallers, type Outcome } from '../support/callers.ts';
import { report } from './failure-table.ts';
import { FAILURES } from './failures.ts';
import {
  asking,
  expectOnRecord,
  expectTold,
  longestWait,
  startServed,
  usageWhenSettled,
  type Served,
} from './served.ts';

const MB = 1_048_576;
const QUESTION_MB = 50;
const AT_ONCE = 4;
const PIECE = Buffer.alloc(MB, 'a');

describe('questions of 50 MB', () => {
  let served: Served;
  beforeAll(async () => (served = await startServed({})));
  afterAll(() => served.stop());

  /** The most memory that the server has had, MB; undefined where the system does not tell. */
  const peakMb = (): number | undefined => {
    const file = `/proc/${served.server.pid}/status`;
    if (!existsSync(file)) return undefined;
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))![1]) / 1024;
  };
  const answerTo = async (sent: ClientRequest): Promise<[status: number, body: string]> => {
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return [response.statusCode!, await text(response)];
  };
  /** Announced with its length, or in chunks whose end nobody knows; and then another request on the same connection. */
  const askAtLength = async (isAnnounced: boolean): Promise<Outcome> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { url, key } = served.server;
    const headers = {
      'x-api-key': key,
      'content-type': 'application/json',
      ...(isAnnounced ? { 'content-length': QUESTION_MB * MB } : {}),
    };
    const started = performance.now();
    const sent = request(`${url}/query`, { method: 'POST', agent, headers });
    const answer = answerTo(sent);
    for (let mb = 0; mb < QUESTION_MB; mb += 1) if (!sent.write(PIECE)) await once(sent, 'drain');
    sent.end();
    const [status, json] = await answer;
    const waitedMs = performance.now() - started;
    const body = JSON.parse(json);
    const next = request(`${url}/health`, { agent }).end();
    expect([(await answerTo(next))[0], next.reusedSocket]).toEqual([200, true]);
    agent.destroy();
    return { told: `${status} ${body.code}`, waitedMs, body, requestId: body.request_id };
  };
  const askTogether = () =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, nth) => askAtLength(nth % 2 === 0)));

  test('are refused and kept nowhere, and nobody else waits for them', async () => {
    const { whole, streamed, search } = asking(served.server);
    const callers = startCallers([whole, streamed, search]);
    const large = await askTogether(); // what reading needs at all is in use from here on
    const before = peakMb();
    large.push(...(await askTogether()));
    const grewMb = peakMb()! - before!;
    const others = await callers.stop();
    expectTold(FAILURES.largeQuestion, large);
    expect(new Set(others.map(({ told }) => told))).toEqual(new Set(['200']));
    if (before !== undefined) expect(grewMb).toBeLessThan(QUESTION_MB / 2);
    report('largeQuestion', { waitedMs: longestWait(others), backMs: 0 });
    await expectOnRecord(served.server, [...large, ...others]);
    expect((await usageWhenSettled(served.server)).requests).toBe(served.provider.chats().length);
  });
});
