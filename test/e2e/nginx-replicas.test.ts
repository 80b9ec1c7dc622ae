import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { describeWith } from '../support/describe-with.ts';
import { eventually } from '../support/http.ts';
import { startNginx, type Nginx } from '../support/services/nginx.ts';
import { breaksOff, startReplica, type ScriptedReplica } from '../support/services/scripted-replica.ts';
import { send, valuesOf, type Reply } from '../support/services/tls-client.ts';

/** As nginx.conf has it. */
const MAX_FAILS = 3;
const FAIL_TIMEOUT_MS = 3_000;

describeWith('TEST_NGINX_BIN', 'two replicas behind nginx', (binary) => {
  let first: ScriptedReplica;
  let second: ScriptedReplica;
  let nginx: Nginx;
  let sent = 0;

  type Answer = Reply & { id: string };
  const ask = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: Buffer): Promise<Answer> => {
    sent += 1;
    const id = `request-${sent}`;
    // From many addresses, for the limit on one is not the matter here.
    const from = { localAddress: `127.0.0.${2 + (sent % 250)}`, headers: { 'x-request-id': id } };
    return { id, ...(await send(nginx, path, { method, ...from, ...(body && { body }) })) };
  };
  /** How often this request reached the replicas, both together. */
  const arrivals = (id: string): number =>
    [...first.requests, ...second.requests].filter((arrived) => arrived === id).length;
  /** Asks until the first replica has been among those that were asked. */
  const askUntilFirst = async (method: 'GET' | 'POST'): Promise<Answer> =>
    eventually(async () => {
      const answer = await ask(method, '/query');
      return first.requests.includes(answer.id) && answer;
    });
  const expectUnavailable = (answer: Answer): void => {
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      503,
      { code: 'unavailable', request_id: answer.id },
    ]);
    expect(valuesOf(answer, 'x-request-id')).toEqual([answer.id]);
    expect(valuesOf(answer, 'retry-after')).toEqual(['5']);
  };

  // Anew for each test: nginx remembers who failed.
  beforeEach(async () => {
    [first, second] = [await startReplica(), await startReplica()];
    nginx = await startNginx({ binary, upstream: [first.address, second.address] });
  });
  afterEach(async () => {
    await nginx.stop();
    await first.stop();
    await second.stop();
  });

  test('share the requests', async () => {
    for (let turn = 0; turn < 10; turn += 1) expect((await ask('POST', '/query')).status).toBe(200);
    expect([first.requests.length, second.requests.length]).toEqual([5, 5]);
  });

  test('the one that has less open gets what comes next', async () => {
    const held: ServerResponse[] = [];
    first.answer = (response) => void held.push(response);
    const streaming = Promise.all([ask('POST', '/query'), ask('POST', '/query')]);
    await eventually(async () => first.requests.length === 1 && second.requests.length === 1);
    for (let turn = 0; turn < 10; turn += 1) await ask('POST', '/query');
    expect([first.requests.length, second.requests.length]).toEqual([1, 11]);
    for (const response of held) response.end();
    await streaming;
  });

  test('one that refuses connections is not missed: whatever was asked, the other one answers', async () => {
    await first.stop();
    for (const method of ['POST', 'GET', 'DELETE', 'POST', 'POST'] as const)
      expect((await ask(method, '/query')).status).toBe(200);
    const upload = await ask('POST', '/admin/documents', Buffer.alloc(2_000_000));
    expect([upload.status, upload.body]).toEqual([200, '2000000']);
    expect(second.requests).toHaveLength(6);
  });

  test('one that came back is used again', async () => {
    await first.stop();
    for (let turn = 0; turn < 10; turn += 1) await ask('POST', '/query');
    await first.start();
    expect((await askUntilFirst('POST')).status).toBe(200);
  });

  test('one that came back is relied on when the other one goes, though its first answer takes long', async () => {
    await first.stop();
    for (let turn = 0; turn < 10; turn += 1) await ask('POST', '/query');
    const [usual, held] = [first.answer, [] as ServerResponse[]];
    first.answer = (response) => {
      held.push(response);
      first.answer = usual;
    };
    await first.start();
    const underWay: Promise<Answer>[] = [];
    await eventually(async () => {
      underWay.push(ask('POST', '/query'));
      return held.length > 0;
    });
    await second.stop();
    for (let turn = 0; turn < 5; turn += 1) expect((await ask('POST', '/query')).status).toBe(200);
    for (const response of held) response.end();
    await Promise.all(underWay);
  });

  test('where both were away, the first one that is back answers at once', async () => {
    await first.stop();
    await second.stop();
    for (let turn = 0; turn < 10; turn += 1) expectUnavailable(await ask('POST', '/query'));
    await first.start();
    for (let turn = 0; turn < 5; turn += 1) expect((await ask('POST', '/query')).status).toBe(200);
  });

  test('one that fails again and again is left alone for a while', async () => {
    first.answer = breaksOff;
    const started = performance.now();
    for (let turn = 0; turn < 30; turn += 1) expect((await ask('GET', '/docs')).status).toBe(200);
    const pauses = Math.ceil((performance.now() - started) / FAIL_TIMEOUT_MS);
    expect(first.requests.length).toBeGreaterThan(0);
    expect(first.requests.length).toBeLessThanOrEqual(MAX_FAILS + pauses);
  });

  test('a POST that was sent is not sent twice: whoever asked is told that it broke off', async () => {
    first.answer = breaksOff;
    const answer = await askUntilFirst('POST');
    expectUnavailable(answer);
    expect(arrivals(answer.id)).toBe(1);
  });

  test('nor is one that had waited in a connection which broke', async () => {
    await askUntilFirst('POST'); // nginx keeps the connection
    first.answer = breaksOff;
    const answer = await askUntilFirst('POST');
    expectUnavailable(answer);
    expect(arrivals(answer.id)).toBe(1);
  });

  test('a GET that broke off is asked of the other one', async () => {
    first.answer = breaksOff;
    const answer = await askUntilFirst('GET');
    expect([answer.status, arrivals(answer.id)]).toEqual([200, 2]);
    expect(valuesOf(answer, 'x-request-id')).toEqual([answer.id]);
  });

  test('one that says 503 is passed over where that is harmless, and passed on where it is not', async () => {
    first.answer = (response) => response.writeHead(503, { 'retry-after': '9' }).end('of its own');
    const read = await askUntilFirst('GET');
    expect([read.status, arrivals(read.id)]).toEqual([200, 2]);
    const written = await askUntilFirst('POST');
    expect([written.status, written.body, arrivals(written.id)]).toEqual([503, 'of its own', 1]);
    expect(valuesOf(written, 'retry-after')).toEqual(['9']);
    expect(valuesOf(written, 'x-request-id')).toEqual([written.id]);
  });

  test('when both say 503, the answer is what the application said', async () => {
    for (const replica of [first, second])
      replica.answer = (response) => response.writeHead(503, { 'retry-after': '9' }).end('of its own');
    const answer = await ask('GET', '/ready');
    expect([answer.status, answer.body, arrivals(answer.id)]).toEqual([503, 'of its own', 3]);
    expect(valuesOf(answer, 'retry-after')).toEqual(['9']);
  });

  test('when neither can be reached, nginx says so, also after one of them had said 503', async () => {
    await second.stop();
    first.answer = (response) => response.writeHead(503).end('of its own');
    // From the third on nginx knows that the second one is away, and has nobody left to pass the GET on to.
    for (let turn = 0; turn < 8; turn += 1) {
      const answer = await ask('GET', '/ready');
      if (answer.body !== 'of its own') expectUnavailable(answer);
      expect(answer.status).toBe(503);
    }
    await first.stop();
    expectUnavailable(await ask('POST', '/query'));
  });
});
