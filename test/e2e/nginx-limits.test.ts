import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWith } from '../support/describe-with.ts';
import { freePort } from '../support/services/free-port.ts';
import { startNginx, type Nginx } from '../support/services/nginx.ts';
import {
  startStandInApplication,
  type Echo,
  type StandInApplication,
} from '../support/services/stand-in-application.ts';
import { send, valuesOf, type Reply } from '../support/services/tls-client.ts';

const mebibyte = 1024 * 1024;

/** nginx's own refusal: a problem in the contract's form, with the headers that every response carries. */
const expectProblem = (reply: Reply, status: number, code: string): void => {
  expect(reply.headers['content-type']).toBe('application/problem+json');
  expect(reply.status).toBe(status);
  expect(JSON.parse(reply.body)).toEqual({
    type: expect.any(String),
    title: expect.any(String),
    status,
    detail: expect.any(String),
    instance: expect.stringMatching(/^\//),
    code,
    error: expect.any(String),
    request_id: reply.headers['x-request-id'],
    ...(status === 429 ? { scope: 'server' } : {}),
  });
  expect(valuesOf(reply, 'strict-transport-security')).toHaveLength(1);
  expect(valuesOf(reply, 'x-request-id')).toHaveLength(1);
};

describeWith('TEST_NGINX_BIN', 'limits behind nginx', (binary) => {
  let application: StandInApplication;
  let nginx: Nginx;

  beforeAll(async () => {
    application = await startStandInApplication();
    nginx = await startNginx({ binary, upstream: application.address });
  });
  afterAll(async () => {
    await nginx.stop();
    await application.stop();
  });

  test.each(['/query', '/v1/chat/completions', '/admin/keys'])('%s takes 1 MiB and no more', async (path) => {
    application.onQuery((response) => response.end('{}'));
    const post = (bytes: number, headers = {}) =>
      send(nginx, path, { method: 'POST', body: Buffer.alloc(bytes), headers });
    expect((await post(mebibyte)).status).toBe(200);
    expectProblem(await post(mebibyte + 1), 413, 'too_large');
    expectProblem(await post(mebibyte + 1, { 'transfer-encoding': 'chunked' }), 413, 'too_large');
  });

  test('documents may be larger, but not without end', async () => {
    const path = '/admin/documents?wait=true';
    const post = (bytes: number, headers = {}) =>
      send(nginx, path, { method: 'POST', body: Buffer.alloc(bytes), headers });
    expect(JSON.parse((await post(25 * mebibyte)).body)).toMatchObject({ path, bodyBytes: 25 * mebibyte });
    expectProblem(await post(27 * mebibyte), 413, 'too_large');
    expectProblem(await post(27 * mebibyte, { 'transfer-encoding': 'chunked' }), 413, 'too_large');
  });

  test('a flood from one address is turned away; other addresses are not', async () => {
    const started = performance.now();
    const knock = () => send(nginx, '/health', { localAddress: '127.0.0.2' });
    const replies = await Promise.all(Array.from({ length: 60 }, knock));
    const served = replies.filter(({ status }) => status === 200).length;
    const refused = replies.filter(({ status }) => status === 429);
    expect(served + refused.length).toBe(60);
    expect(served).toBeGreaterThan(40); // the burst is let through
    expect(served).toBeLessThanOrEqual(42 + Math.ceil((20 * (performance.now() - started)) / 1000));
    expect(refused.length).toBeGreaterThan(0);
    expectProblem(refused[0]!, 429, 'rate_limited');
    expect(valuesOf(refused[0]!, 'retry-after')).toEqual(['1']);
    expect((await send(nginx, '/health')).status).toBe(200);
  });

  test('the application’s own refusals pass untouched', async () => {
    application.onQuery((response) =>
      response.writeHead(429, { 'retry-after': '7' }).end('{"code":"budget_exceeded"}'),
    );
    const reply = await send(nginx, '/query', { method: 'POST', body: '{}' });
    expect([reply.status, reply.body]).toEqual([429, '{"code":"budget_exceeded"}']);
    expect(valuesOf(reply, 'retry-after')).toEqual(['7']);
    expect(valuesOf(reply, 'x-request-id')).toHaveLength(1);
  });

  test('a header that is too long is refused as a problem', async () => {
    const reply = await send(nginx, '/health', { headers: { 'x-long': 'x'.repeat(33_000) } });
    expectProblem(reply, 400, 'invalid_request');
  });

  test('an application that cannot be reached is 503', async () => {
    const nginx = await startNginx({ binary, upstream: `127.0.0.1:${await freePort()}` });
    try {
      const reply = await send(nginx, '/query', { method: 'POST', body: '{}' });
      expectProblem(reply, 503, 'unavailable');
      expect(valuesOf(reply, 'retry-after')).toEqual(['5']);
    } finally {
      await nginx.stop();
    }
  });

  test('a named host, the connection limit and the time-out', async () => {
    const application = await startStandInApplication();
    const nginx = await startNginx({
      binary,
      upstream: application.address,
      adjust: (configuration) =>
        configuration
          .replace('default $host;', 'default rag.example.com;')
          .replace('limit_conn connections 64;', 'limit_conn connections 2;')
          .replace('proxy_read_timeout 75s;', 'proxy_read_timeout 1s;'),
    });
    try {
      const { headers } = JSON.parse(
        (await send(nginx, '/', { headers: { host: 'evil.example' } })).body,
      ) as Echo;
      expect([headers.host, headers['x-forwarded-host']]).toEqual(['rag.example.com', 'rag.example.com']);

      const held = [send(nginx, '/never'), send(nginx, '/never')];
      while (application.waiting() < 2) await sleep(5);
      expectProblem(await send(nginx, '/'), 429, 'rate_limited');
      for (const reply of await Promise.all(held)) expectProblem(reply, 504, 'upstream_timeout');
    } finally {
      await nginx.stop();
      await application.stop();
    }
  });
});
