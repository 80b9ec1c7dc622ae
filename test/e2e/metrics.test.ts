import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, ingest, open, post, postForEvents, send, type Reply } from '../support/http.ts';
import { USAGE, answers, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { readScrape, total, type Scrape } from '../support/prometheus.ts';
import { decodeMessage, messages, textOf } from '../support/protobuf.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const TENANT = 'ravelinstone';
const CALLER = 'gatekeeper';

const keyOf = async (server: RunningServer, scopes: string[]): Promise<string> => {
  const { status, body } = await post(server, '/admin/keys', { name: CALLER, tenant: TENANT, scopes });
  expect(status).toBe(201);
  return body.key as string;
};
const scrape = async (server: RunningServer, key = server.key): Promise<Scrape> => {
  const reply = await get(server, '/metrics', { key });
  expect(reply.status).toBe(200);
  return readScrape(reply.body as string);
};
/** A request is counted when its response has been closed, which may be after it was read. */
const scrapeUntil = (server: RunningServer, look: (scrape: Scrape) => boolean): Promise<Scrape> =>
  eventually(
    async () => {
      const scraped = await scrape(server);
      return look(scraped) && scraped;
    },
    { what: 'the count' },
  );

describeOnEveryDatabase('the metrics of a server', (database) => {
  let server: RunningServer;
  let ask: (query: string) => Promise<Reply>;
  beforeAll(async () => {
    server = await startServer({
      env: { ...(await database.env()), BUDGET_USD_PER_DAY: '5', BUDGET_USD_PER_MONTH: '50' },
    });
    const ingestKey = await keyOf(server, ['ingest']);
    const queryKey = await keyOf(server, ['query']);
    await ingest(
      server,
      [{ text: 'The drawbridge opens at noon.' }, { text: 'The keep has three floors.' }],
      {
        key: ingestKey,
      },
    );
    ask = (query) => post(server, '/query', { query }, { key: queryKey });
  });
  afterAll(() => server.stop());

  test('are for whoever has the scope, in the text format of Prometheus', async () => {
    const reply = await get(server, '/metrics', { key: await keyOf(server, ['metrics']) });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(readScrape(reply.body as string).types.get('http_server_request_duration_seconds')).toBe(
      'histogram',
    );
    expectProblem(await get(server, '/metrics', { key: server.queryKey }), 403, 'forbidden');
    expectProblem(await get(server, '/metrics', { key: null }), 401, 'unauthenticated');
  });

  test('count what happened, no more and no less', async () => {
    const before = await scrape(server);
    const replies = [
      await ask('When does the drawbridge open?'),
      await ask('When does the drawbridge open? Tell ann.lee@mail.example, please.'),
      await ask('Who won the regatta of Ankh in 1804?'),
    ];
    const refused = replies.filter(({ body }) => body.refused === true).length;
    expect(refused).toBeGreaterThan(0);
    expectProblem(await ask(''), 400, 'invalid_request');
    const rise = (now: Scrape, name: string, labels: Record<string, string>) =>
      (total(now, name, labels) ?? 0) - (total(before, name, labels) ?? 0);
    const requests = 'http_server_request_duration_seconds_count';
    const query = { http_route: '/query', http_request_method: 'POST' };
    const after = await scrapeUntil(server, (now) => rise(now, requests, query) === 4);

    expect(rise(after, requests, { ...query, http_response_status_code: '200' })).toBe(3);
    expect(rise(after, requests, { ...query, http_response_status_code: '400' })).toBe(1);
    const stages = 'sallyport_stage_duration_seconds_count';
    expect(rise(after, stages, { stage: 'retrieval', outcome: 'success' })).toBe(3);
    expect(rise(after, stages, { stage: 'embedding' })).toBe(3);
    for (const name of ['pii', 'content', 'topic', 'injection'])
      expect([name, rise(after, stages, { stage: 'guardrail', name })]).toEqual([name, 3]);
    expect(rise(after, 'sallyport_refusals_total', { code: 'not_in_documents' })).toBe(refused);
    expect(rise(after, 'sallyport_refusals_total', { code: 'invalid_request' })).toBe(1);
    expect(
      rise(after, 'sallyport_guardrail_verdicts_total', {
        guardrail: 'pii',
        type: 'PII/EMAIL',
        where: 'input',
      }),
    ).toBe(1);
    expect(total(after, 'sallyport_stage_duration_seconds_count', { stage: 'ingest_index' })).toBe(2);
  });

  test('say what waits, what is in use and how large the index is', async () => {
    const now = await scrape(server);
    expect(total(now, 'sallyport_index_documents')).toBe(2);
    expect(total(now, 'sallyport_index_chunks')).toBe(2);
    expect(total(now, 'sallyport_index_size_bytes')).toBeGreaterThan(0);
    expect(total(now, 'sallyport_ingest_jobs', { state: 'queued' })).toBe(0);
    expect(total(now, 'sallyport_ingest_jobs', { state: 'running' })).toBe(0);
    expect(total(now, 'sallyport_database_connections')).toBeGreaterThan(0);
    expect(total(now, 'sallyport_database_waiting')).toBe(0);
    expect(total(now, 'sallyport_audit_waiting')).toBeLessThan(10);
    expect(total(now, 'sallyport_audit_events_total', { outcome: 'written' })).toBeGreaterThan(5);
    expect(total(now, 'sallyport_audit_events_total', { outcome: 'lost' })).toBe(0);
    expect(total(now, 'sallyport_budget_limit_usd', { period: 'day' })).toBe(5);
    expect(total(now, 'sallyport_budget_limit_usd', { period: 'month' })).toBe(50);
    expect(total(now, 'sallyport_budget_spent_usd')).toBe(0);
    expect(total(now, 'process_memory_usage_bytes')).toBeGreaterThan(1e7);
    expect(total(now, 'process_cpu_time_seconds_total')).toBeGreaterThan(0);
    expect(total(now, 'nodejs_eventloop_delay_max_seconds')).toBeGreaterThanOrEqual(0);
  });

  test('have labels of small sets, whatever is asked for: no path, no method of anybody’s, no caller, no question', async () => {
    for (const path of ['/wp-admin', '/admin/documents/%00', '/%2e%2e/secret', '/query/zanzibar'])
      await get(server, path);
    await send(server, 'PROPFIND', '/query');
    await ask('Does the Zanzibar chancellor know bob.ray@mail.example?');
    const requests = 'http_server_request_duration_seconds_count';
    const now = await scrapeUntil(
      server,
      (scraped) => (total(scraped, requests, { http_request_method: '_OTHER' }) ?? 0) > 0,
    );
    expect(total(now, requests, { http_route: 'unmatched', http_request_method: 'GET' })).toBeGreaterThan(1);
    const values = now.samples.flatMap(({ labels }) => Object.values(labels)).join('\n');
    expect(values).not.toMatch(
      new RegExp(`${TENANT}|${CALLER}|zanzibar|bob|chancellor|wp-admin|secret|PROPFIND`, 'i'),
    );
    const names = new Set(now.samples.flatMap(({ labels }) => Object.keys(labels)));
    expect(
      [...names].filter((name) => /tenant|subject|user|caller|key|request_id|address/.test(name)),
    ).toEqual([]);
  });

  test('have buckets that rise to the count', async () => {
    const { samples } = await scrape(server);
    const counts = samples.filter(({ name }) => name.endsWith('_count'));
    expect(counts.length).toBeGreaterThan(5);
    for (const { name, labels, value } of counts) {
      const buckets = samples.filter(
        (sample) =>
          sample.name === name.replace(/_count$/, '_bucket') &&
          Object.entries(labels).every(([label, its]) => sample.labels[label] === its) &&
          Object.keys(sample.labels).length === Object.keys(labels).length + 1,
      );
      const values = buckets.map((bucket) => bucket.value);
      expect(values).toEqual(values.toSorted((a, b) => a - b));
      expect([name, buckets.at(-1)?.labels.le, values.at(-1)]).toEqual([name, '+Inf', value]);
    }
  });

  if (database.name === 'Postgres server')
    test('are told while Postgres is away, and leave out what only it knows', async () => {
      const proxy = await startTcpProxy(server.env.DATABASE_URL!);
      const other = await startServer({ env: { DATABASE_URL: proxy.url } });
      try {
        expect(total(await scrape(other), 'sallyport_index_chunks')).toBe(2);
        await proxy.cut();
        expectProblem(await post(other, '/search', { query: 'keep' }), 503, 'unavailable');
        const now = await eventually(
          async () => {
            const scraped = await scrape(other);
            return total(scraped, 'sallyport_index_chunks') === undefined && scraped;
          },
          { what: 'a scrape without Postgres' },
        );
        expect(total(now, 'sallyport_audit_events_total', { outcome: 'failed' })).toBeGreaterThan(0);
        expect(total(now, 'sallyport_audit_waiting')).toBeGreaterThan(0);
        expect(total(now, 'process_uptime_seconds')).toBeGreaterThan(0);
      } finally {
        await proxy.restore();
        await other.stop();
        await proxy.stop();
      }
    });
});

describe('the metrics of a server with a model provider', () => {
  let provider: OpenAiServer;
  let server: RunningServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({
      env: {
        ...provider.env,
        LLM_MAX_RETRIES: '0',
        LLM_PRICE_PER_MILLION_INPUT_TOKENS: '1',
        LLM_PRICE_PER_MILLION_OUTPUT_TOKENS: '10',
        BUDGET_USD_PER_DAY: '5',
      },
    });
    await ingest(server, [{ text: 'The archive closes at five.' }]);
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  test('count tokens, cost, and the time to the first piece', async () => {
    provider.onChat = answers('The archive closes ', 'at five [1].');
    const query = 'When does the archive close?';
    await post(server, '/query', { query });
    await postForEvents(server, '/query', { query, stream: true });
    const calls = 'gen_ai_client_operation_duration_seconds_count';
    const now = await scrapeUntil(server, (scraped) => total(scraped, calls) === 2);

    const tokens = (type: string) => total(now, 'gen_ai_client_token_usage_sum', { gen_ai_token_type: type });
    expect(tokens('input')).toBe(2 * USAGE.prompt_tokens);
    expect(tokens('output')).toBe(2 * USAGE.completion_tokens);
    const costUsd = (2 * (USAGE.prompt_tokens * 1 + USAGE.completion_tokens * 10)) / 1e6;
    expect(total(now, 'sallyport_cost_usd_total')).toBeCloseTo(costUsd, 9);
    expect(total(now, 'gen_ai_client_operation_time_to_first_chunk_seconds_count')).toBe(1);
    expect(total(now, 'sallyport_stage_duration_seconds_count', { stage: 'model', outcome: 'success' })).toBe(
      2,
    );
    expect(total(now, 'sallyport_model_queue_waiting')).toBe(0);
    const spent = await eventually(
      async () => {
        const usd = total(await scrape(server), 'sallyport_budget_spent_usd', { period: 'day' });
        return usd !== undefined && usd > 0 && usd;
      },
      { what: 'the spent budget' },
    );
    expect(spent).toBeCloseTo(costUsd, 9);
  });

  test('count a call that fails, by its code and by nothing that the provider said', async () => {
    provider.onChat = (_request, response) =>
      void response
        .writeHead(500, { 'content-type': 'application/json' })
        .end('{"error":{"message":"zanzibar"}}');
    expectProblem(
      await post(server, '/query', { query: 'When does the archive close?' }),
      502,
      'upstream_error',
    );
    const failed = { error_type: 'upstream_error' };
    const calls = 'gen_ai_client_operation_duration_seconds_count';
    const now = await scrapeUntil(server, (scraped) => total(scraped, calls, failed) === 1);
    expect(total(now, 'sallyport_refusals_total', { code: 'upstream_error' })).toBe(1);
    expect(JSON.stringify(now.samples)).not.toContain('zanzibar');
  });
});

describe('metrics that are pushed by OTLP', () => {
  test('arrive at a receiver, by their own names, with all that was asked', async () => {
    const pushed: { path: string; type: string | undefined; names: string[]; service: string }[] = [];
    const receiver = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const { url = '', headers } = request;
        pushed.push({ path: url, type: headers['content-type'], ...metricsOf(Buffer.concat(pieces)) });
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    const server = await startServer({
      env: {
        METRICS_EXPORTER: 'otlp',
        METRICS_ENDPOINT: endpoint,
        METRICS_INTERVAL_SECONDS: '1',
        TRACE_SERVICE_NAME: 'gate-of-test',
      },
    });
    try {
      await ingest(server, [{ text: 'The drawbridge opens at noon.' }]);
      await post(server, '/query', { query: 'When does the drawbridge open?' });
      const names = await eventually(
        async () => {
          const all = new Set(pushed.flatMap((one) => one.names));
          return all.has('sallyport.index.chunks') && all.has('gen_ai.client.operation.duration') && all;
        },
        { what: 'a push' },
      );
      expect([...names]).toEqual(
        expect.arrayContaining([
          'http.server.request.duration',
          'sallyport.stage.duration',
          'sallyport.audit.events',
          'process.memory.usage',
        ]),
      );
      expect(pushed.at(-1)).toMatchObject({
        path: '/v1/metrics',
        type: 'application/x-protobuf',
        service: 'gate-of-test',
      });
      // One does not exclude the other; what the stores are asked may be some seconds old.
      await eventually(async () => total(await scrape(server), 'sallyport_index_chunks') === 1, {
        what: 'the chunk',
      });
      const before = pushed.length;
      await server.kill('SIGTERM');
      expect(pushed.length).toBeGreaterThan(before);
    } finally {
      await server.stop();
      receiver.close();
      receiver.closeAllConnections();
    }
  });

  test('are missed by nobody who asks: without a receiver the server answers, and says once that nobody takes them', async () => {
    const server = await startServer({
      env: {
        METRICS_EXPORTER: 'otlp',
        METRICS_ENDPOINT: 'http://127.0.0.1:9',
        METRICS_INTERVAL_SECONDS: '1',
      },
    });
    try {
      await eventually(async () => server.output().includes('metrics could not be exported'), {
        what: 'the warning',
      });
      expect((await open(server, 'GET', '/health')).status).toBe(200);
    } finally {
      await server.stop();
    }
    expect(server.output().split('metrics could not be exported')).toHaveLength(2);
  });
});

/** Names of an ExportMetricsServiceRequest, by the field numbers of opentelemetry-proto's metrics.proto. */
const metricsOf = (body: Buffer): { names: string[]; service: string } => {
  const resources = messages(decodeMessage(body), 1);
  const names = resources.flatMap((resource) =>
    messages(resource, 2).flatMap((scope) => messages(scope, 2).map((metric) => textOf(metric, 1))),
  );
  const attributes = resources.flatMap((resource) =>
    messages(resource, 1).flatMap((one) => messages(one, 1)),
  );
  const service = attributes.find((attribute) => textOf(attribute, 1) === 'service.name');
  return { names, service: service ? textOf(messages(service, 2)[0]!, 1) : '' };
};
