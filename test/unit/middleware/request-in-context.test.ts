import { once } from 'node:events';
import { request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createJsonPool } from '../../../src/json/json-pool.ts';
import { parseBody } from '../../../middleware/parse-body.ts';
import { requestId } from '../../../middleware/request-id.ts';
import { traceRequest } from '../../../middleware/trace.ts';
import { defineRoute } from '../../../src/api/route.ts';
import { createTracer } from '../../../src/observability/create-tracer.ts';
import { contextOf, currentContext } from '../../../src/observability/request-context.ts';
import type { SpanReceiver } from '../../support/received-span.ts';
import { startOtlpReceiver } from '../../support/span-receivers.ts';

const route = defineRoute({
  method: 'post',
  path: '/echo',
  scope: 'query',
  action: 'echo',
  summary: 'Says whose request it is.',
  body: z.unknown(),
  form: true,
  multipart: z.unknown(),
  replies: {},
  handle: () => Promise.resolve({ status: 200 }),
});

describe('behind the parsing of a body, whatever its type, the request is still the current one', () => {
  let receiver: SpanReceiver;
  let server: Server;
  let url: string;
  let tracer: ReturnType<typeof createTracer>;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    tracer = createTracer({ exportTo: 'otlp', otlpEndpoint: receiver.url });
    const app = express();
    app.use(requestId(), traceRequest(tracer));
    app.post(
      '/echo',
      parseBody(route, { maxBodyBytes: 1_000_000, maxUploadBytes: 1_000_000, jsonPool: createJsonPool() }),
      (_req, res) => {
        void (async () => {
          await delay(1);
          const { requestId: current, traceId } = currentContext()!;
          tracer.run('work', {}, () => undefined);
          expect(contextOf(res.locals).requestId).toBe(current);
          res.write(`${current} `);
          await delay(1);
          res.end(`${traceId === tracer.traceId() ? 'in' : 'outside of'} its trace`);
        })();
      },
    );
    // A body that cannot be read comes by way of an error, in the same context.
    const failed: express.ErrorRequestHandler = (_error, _req, res, _next) => {
      res.status(400).end(currentContext()?.requestId);
    };
    app.use(failed);
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/echo`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await tracer.close();
    await receiver.stop();
  });

  const form = () => {
    const data = new FormData();
    data.set('title', 'one');
    data.append('file', new Blob(['x'.repeat(300_000)]), 'a.txt');
    return data;
  };
  const kinds: [string, () => RequestInit][] = [
    ['no body', () => ({})],
    [
      'JSON',
      () => ({
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: 'x'.repeat(300_000) }),
      }),
    ],
    ['a form', () => ({ body: new URLSearchParams({ grant_type: 'x', text: 'y'.repeat(300_000) }) })],
    ['multipart', () => ({ body: form() })],
  ];

  test.each(kinds)('%s, twenty at once over few connections', async (kind, init) => {
    const ids = Array.from({ length: 20 }, (_, place) => `${kind.replace(/\W/g, '-')}-${place}-abcdef`);
    const replies = await Promise.all(
      ids.map(async (id) => {
        const { headers, ...rest } = init();
        const reply = await fetch(url, {
          method: 'POST',
          ...rest,
          headers: { ...(headers as Record<string, string>), 'x-request-id': id },
        });
        return reply.text();
      }),
    );
    expect(replies).toEqual(ids.map((id) => `${id} in its trace`));
  });

  test('JSON that arrives in pieces', async () => {
    const request = httpRequest(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'in-pieces-1' },
    });
    for (const piece of ['{"a":', '[1,2', ',3]', '}']) {
      request.write(piece);
      await delay(5);
    }
    request.end();
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
    expect(String(await Array.fromAsync(response))).toBe('in-pieces-1 ,in its trace');
  });

  test('a body that is no JSON', async () => {
    const headers = { 'content-type': 'application/json', 'x-request-id': 'broken-body-1' };
    const reply = await fetch(url, { method: 'POST', headers, body: '{' });
    expect(await reply.text()).toBe('broken-body-1');
  });

  test('files that together are too large, which is found out while they come', async () => {
    const data = new FormData();
    for (const name of ['a.txt', 'b.txt']) data.append('file', new Blob(['x'.repeat(600_000)]), name);
    const headers = { 'x-request-id': 'too-large-1' };
    const reply = await fetch(url, { method: 'POST', headers, body: data });
    expect(await reply.text()).toBe('too-large-1');
  });

  test('and what it did is inside its span', async () => {
    await tracer.close();
    const requests = receiver.spans.filter(({ kind }) => kind === 'server');
    const work = receiver.spans.filter(({ name }) => name === 'work');
    expect(work).toHaveLength(81);
    expect(new Set(work.map(({ parentId }) => parentId)).size).toBe(81);
    const ids = new Set(requests.map(({ spanId }) => spanId));
    for (const { parentId } of work) expect(ids).toContain(parentId);
    expect(requests.map(({ attributes }) => attributes['sallyport.request_id'])).toContain(
      'multipart-3-abcdef',
    );
  });
});
