import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
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

const PATIENCE_SECONDS = 3;
const CONNECTIONS = 100;
const DROP_EVERY_MS = 250;

describe('connections that send drop by drop', () => {
  let served: Served;
  beforeAll(async () => {
    served = await startServed({ REQUEST_TIMEOUT_SECONDS: String(PATIENCE_SECONDS) });
  });
  afterAll(() => served.stop());

  /** Sends `head` at once and then a byte from time to time, until the server ends it. */
  const drip = async (head: string, requestId?: string): Promise<Outcome> => {
    const { hostname, port } = new URL(served.server.url);
    const started = performance.now();
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.on('data', (piece) => (received += piece.toString()));
    socket.on('error', () => undefined); // it may be closed while a drop is on its way
    socket.write(head);
    const dripping = setInterval(() => socket.write('a'), DROP_EVERY_MS);
    await new Promise((closed) => socket.once('close', closed));
    clearInterval(dripping);
    const told = /^HTTP\/1\.1 (\d{3}) /.exec(received)?.[1] ?? 'broken off';
    return { told, waitedMs: performance.now() - started, body: undefined, requestId };
  };
  const slowHeaders = () => drip('POST /query HTTP/1.1\r\nHost: sallyport\r\nX-Slow: ');
  const slowBody = (nth: number) => {
    const requestId = `slow-body-${nth}`;
    const headers = {
      Host: 'sallyport',
      'X-Api-Key': served.server.key,
      'X-Request-Id': requestId,
      'Content-Type': 'application/json',
      'Content-Length': 1_000,
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return drip(`POST /query HTTP/1.1\r\n${lines.join('')}\r\n{"query": "`, requestId);
  };

  test('are ended when their time is over, and nobody else waits for them', async () => {
    const { whole, streamed, search } = asking(served.server);
    const callers = startCallers([whole, streamed, search]);
    const slow = await Promise.all(
      Array.from({ length: CONNECTIONS }, (_, nth) => (nth % 2 === 0 ? slowHeaders() : slowBody(nth))),
    );
    const others = await callers.stop();
    expectTold(FAILURES.slowLoris, slow);
    for (const { waitedMs } of slow) expect(waitedMs).toBeGreaterThan(PATIENCE_SECONDS * 1_000 - 100);
    expect(new Set(others.map(({ told }) => told))).toEqual(new Set(['200']));
    report('slowLoris', { waitedMs: longestWait(others), backMs: 0 });
    await expectOnRecord(served.server, [...slow, ...others]);
    expect((await usageWhenSettled(served.server)).requests).toBe(served.provider.chats().length);
  });
});
