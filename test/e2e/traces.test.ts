import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, get, ingest, open, post, postForEvents } from '../support/http.ts';
import {
  DIMENSIONS,
  MODEL,
  USAGE,
  answers,
  failsWith,
  replies,
  stallsAfter,
  startOpenAiServer,
  type OpenAiServer,
} from '../support/openai-server.ts';
import type { ReceivedSpan, SpanReceiver } from '../support/received-span.ts';
import { startOtlpReceiver } from '../support/span-receivers.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const CALLERS_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLERS_SPAN = '00f067aa0ba902b7';
const EMBEDDER = 'text-embedding-3-small';
/** Words that nothing but the test says: where one turns up, it has leaked. */
const ASKED = ['zanzibarquestion', 'zelda.quimby@mail.example', '536-22-8141'];
const STORED = ['quixoticdocument', 'orla.brannigan@post.example'];

describe('a server that exports traces', () => {
  let receiver: SpanReceiver;
  let provider: OpenAiServer;
  let server: RunningServer;
  beforeAll(async () => {
    [receiver, provider] = await Promise.all([startOtlpReceiver(), startOpenAiServer()]);
    server = await startServer({
      env: {
        ...provider.env,
        EMBEDDING_PROVIDER: 'openai',
        LLM_MODEL: 'gpt-4o-mini',
        LLM_MAX_RETRIES: '0',
        TRACE_EXPORTER: 'otlp',
        TRACE_ENDPOINT: receiver.url,
        TRACE_SERVICE_NAME: 'the-gate',
      },
    });
    await ingest(server, [
      { text: 'The archive closes at five.', source: 'archive' },
      { text: `The ${STORED[0]!} says: write to ${STORED[1]!}.`, source: 'other' },
    ]);
  });
  afterEach(() => provider.reset());
  afterAll(async () => {
    await server.stop();
    await provider.stop();
    await receiver.stop();
  });

  /** Every span of the trace that this request is in, once the request's own has come: the last of them. */
  const traceOf = async (requestId: string): Promise<ReceivedSpan[]> => {
    const root = await eventually(
      () =>
        Promise.resolve(
          receiver.spans.find(({ attributes }) => attributes['sallyport.request_id'] === requestId),
        ),
      { what: `the span of ${requestId}` },
    );
    return receiver.spans.filter(({ traceId }) => traceId === root.traceId);
  };
  const named = (spans: ReceivedSpan[], name: string): ReceivedSpan => {
    const found = spans.filter((span) => span.name === name);
    if (found.length !== 1)
      throw new Error(`${found.length} of ${name} in ${spans.map((one) => one.name).join()}`);
    return found[0]!;
  };
  let asked = 0;
  const ask = async (body: object, headers: Record<string, string> = {}) => {
    const requestId = `traced-request-${++asked}`;
    const isStream = 'stream' in body;
    const sent = { headers: { 'x-request-id': requestId, ...headers } };
    if (isStream) await postForEvents(server, '/query', body, sent);
    else await post(server, '/query', body, sent);
    return { requestId, spans: await traceOf(requestId) };
  };

  test.each([{}, { stream: true }])(
    'tells of a question in one trace: each part under the request, with what it cost (%j)',
    async (how) => {
      provider.onChat = answers('The archive closes ', 'at five [1].');
      const { requestId, spans } = await ask({ query: 'When does the archive close?', top_k: 3, ...how });
      const root = named(spans, 'POST /query');
      expect(root).toMatchObject({
        service: 'the-gate',
        kind: 'server',
        parentId: undefined,
        failed: false,
        attributes: {
          'http.request.method': 'POST',
          'http.route': '/query',
          'http.response.status_code': 200,
          'sallyport.request_id': requestId,
        },
      });
      const parts = spans.filter(({ parentId }) => parentId === root.spanId).map(({ name }) => name);
      expect(parts.sort()).toEqual([
        'chat gpt-4o-mini',
        'guardrail content',
        'guardrail injection',
        'guardrail output',
        'guardrail passages',
        'guardrail pii',
        'guardrail topic',
        'retrieval documents',
      ]);
      const retrieval = named(spans, 'retrieval documents');
      expect(retrieval.attributes).toMatchObject({ 'gen_ai.request.top_k': 3, 'sallyport.chunks': 2 });
      expect(named(spans, `embeddings ${EMBEDDER}`)).toMatchObject({
        kind: 'client',
        parentId: retrieval.spanId,
        attributes: {
          'gen_ai.operation.name': 'embeddings',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': EMBEDDER,
          'gen_ai.embeddings.dimension.count': DIMENSIONS,
          'gen_ai.usage.input_tokens': 8,
          'server.address': '127.0.0.1',
        },
      });
      const chat = named(spans, 'chat gpt-4o-mini');
      expect(chat).toMatchObject({
        kind: 'client',
        failed: false,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-4o-mini',
          'gen_ai.request.max_tokens': expect.any(Number),
          'gen_ai.response.id': 'chatcmpl-1',
          'gen_ai.response.model': MODEL,
          'gen_ai.response.finish_reasons': ['stop'],
          'gen_ai.usage.input_tokens': USAGE.prompt_tokens,
          'gen_ai.usage.output_tokens': USAGE.completion_tokens,
          'server.address': '127.0.0.1',
          'sallyport.cost_usd': (USAGE.prompt_tokens * 0.15 + USAGE.completion_tokens * 0.6) / 1e6,
          ...('stream' in how ? { 'gen_ai.response.time_to_first_chunk': expect.any(Number) } : {}),
        },
      });
      expect(chat.attributes).not.toHaveProperty('error.type');
      expect(spans).toHaveLength(10);
      for (const span of spans) {
        expect(span.startMs).toBeGreaterThanOrEqual(root.startMs - 1);
        expect(span.endMs).toBeLessThanOrEqual(root.endMs + 1);
      }
    },
  );

  test('continues a caller’s trace, and hands it on to the provider', async () => {
    const { spans } = await ask(
      { query: 'When does the archive close?' },
      { traceparent: `00-${CALLERS_TRACE}-${CALLERS_SPAN}-01`, tracestate: 'congo=t61rcWkgMzE' },
    );
    expect(named(spans, 'POST /query')).toMatchObject({ traceId: CALLERS_TRACE, parentId: CALLERS_SPAN });
    const sentTo = (path: string) => provider.requests.find((request) => request.path === path)!.headers;
    const via = (name: string) => `00-${CALLERS_TRACE}-${named(spans, name).spanId}-01`;
    expect(sentTo('/v1/chat/completions').traceparent).toBe(via('chat gpt-4o-mini'));
    expect(sentTo('/v1/chat/completions').tracestate).toBe('congo=t61rcWkgMzE');
    expect(sentTo('/v1/embeddings').traceparent).toBe(via(`embeddings ${EMBEDDER}`));
  });

  test('follows a caller who wants no trace', async () => {
    const traceId = 'a'.repeat(32);
    const headers = { traceparent: `00-${traceId}-${CALLERS_SPAN}-00` };
    await post(server, '/query', { query: 'When does the archive close?' }, { headers });
    expect(provider.chats()[0]!.headers.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    await ask({ query: 'When does the archive close?' });
    expect(receiver.spans.some((span) => span.traceId === traceId)).toBe(false);
  });

  test('names what the guardrails found by its types', async () => {
    const { spans } = await ask({ query: `Who writes to ${ASKED[1]!} about the ${ASKED[0]!}?` });
    expect(named(spans, 'guardrail pii').attributes['sallyport.guardrail.findings']).toEqual(['PII/EMAIL']);
  });

  test('tells of a provider that fails by the code alone, in the call’s span and the request’s', async () => {
    provider.onChat = failsWith(500);
    const { spans } = await ask({ query: 'When does the archive close?' });
    for (const name of ['chat gpt-4o-mini', 'POST /query'])
      expect(named(spans, name)).toMatchObject({
        failed: true,
        attributes: { 'error.type': 'upstream_error' },
      });
    expect(named(spans, 'POST /query').attributes['http.response.status_code']).toBe(502);
  });

  test('ends with a client that goes away, and says that it did', async () => {
    provider.onChat = stallsAfter('The archive ');
    const gone = new AbortController();
    const headers = { 'x-request-id': 'of-one-who-left' };
    const json = { query: 'When does the archive close?', stream: true };
    const response = await open(server, 'POST', '/query', { json, headers, signal: gone.signal });
    expect(response.status).toBe(200);
    gone.abort();
    const root = named(await traceOf('of-one-who-left'), 'POST /query');
    expect(root).toMatchObject({ failed: false, attributes: { 'error.type': 'aborted' } });
    const chat = await eventually(
      () =>
        Promise.resolve(
          receiver.spans.find(({ name, traceId }) => name.startsWith('chat ') && traceId === root.traceId),
        ),
      { what: 'the span of the call' },
    );
    expect(chat.attributes['error.type']).toBe('aborted');
  });

  test('takes a caller’s mistake for no failure, and never names a path as it was sent', async () => {
    const headers = (id: string) => ({ headers: { 'x-request-id': id } });
    await post(server, '/query', { query: 'x' }, { key: null, ...headers('without-a-key') });
    await get(server, `/${ASKED[0]!}/${ASKED[1]!}`, headers('to-no-route'));
    expect(await traceOf('without-a-key')).toMatchObject([
      {
        name: 'POST /query',
        failed: false,
        attributes: { 'http.response.status_code': 401, 'error.type': 'unauthenticated' },
      },
    ]);
    expect(await traceOf('to-no-route')).toMatchObject([
      { name: 'GET', failed: false, attributes: { 'error.type': 'not_found' } },
    ]);
  });

  test('tells of a job and its stages in a trace of their own', async () => {
    await ingest(server, [{ text: 'The museum opens at nine.', source: 'museum' }]);
    const job = await eventually(
      () => Promise.resolve(receiver.spans.findLast(({ name }) => name === 'ingest job')),
      { what: 'the span of the job' },
    );
    expect(job.parentId).toBeUndefined();
    expect(job.attributes['sallyport.job_id']).toEqual(expect.any(String));
    const spans = receiver.spans.filter(({ traceId }) => traceId === job.traceId);
    const stages = spans.filter(({ parentId }) => parentId === job.spanId);
    expect(new Set(stages.map(({ name }) => name))).toEqual(
      new Set(['ingest prepare', 'ingest embed', 'ingest index']),
    );
    const embedStages = stages.filter(({ name }) => name === 'ingest embed').map(({ spanId }) => spanId);
    expect(embedStages).toContain(spans.find(({ name }) => name === `embeddings ${EMBEDDER}`)!.parentId);
  });

  test('holds nothing of what was asked, stored or answered, and no key', async () => {
    const query = `What of the ${ASKED[0]!}, ${STORED[0]!} and ${ASKED[1]!}? My SSN is ${ASKED[2]!}.`;
    const echo = (request: { body: unknown }) => JSON.stringify(request.body);
    provider.onChat = (request, response) => answers(`Of ${echo(request)} [1].`)(request, response);
    await ask({ query });
    await ask({ query, stream: true });
    // A provider that repeats the prompt wherever it can.
    provider.onChat = (request, response) =>
      replies({
        id: echo(request),
        model: echo(request),
        choices: [{ message: { content: 'Yes [1].' }, finish_reason: echo(request) }],
      })(request, response);
    await ask({ query });
    provider.onChat = (request, response) => replies({ error: echo(request) })(request, response);
    await ask({ query });
    provider.onEmbeddings = failsWith(400, { 'x-echo': ASKED[0]! });
    await ask({ query });
    const everything = receiver.everything();
    expect(everything).toContain('traced-request-1');
    const secrets = [server.key, server.queryKey, provider.env.OPENAI_API_KEY!];
    for (const planted of [...ASKED, ...STORED, 'archive closes', ...secrets])
      expect(everything).not.toContain(planted);
  });
});

test('with a share of 0 nothing is sent but what a caller wants traced', async () => {
  const receiver = await startOtlpReceiver();
  const env = { TRACE_EXPORTER: 'otlp', TRACE_ENDPOINT: receiver.url, TRACE_SAMPLE_RATIO: '0' };
  const server = await startServer({ env });
  await ingest(server, [{ text: 'The archive closes at five.' }]);
  await post(server, '/query', { query: 'When does the archive close?' });
  const headers = { traceparent: `00-${CALLERS_TRACE}-${CALLERS_SPAN}-01` };
  await post(server, '/query', { query: 'When does the archive close?' }, { headers });
  await server.stop();
  expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([CALLERS_TRACE]));
  expect(receiver.spans.map(({ name }) => name)).toContain('chat extractive');
  await receiver.stop();
});

test('what waits is sent when the server stops, and a collector that hangs keeps it from neither answering nor stopping', async () => {
  const receiver = await startOtlpReceiver();
  const env = { TRACE_EXPORTER: 'otlp', TRACE_ENDPOINT: receiver.url };
  const question = { query: 'When does the archive close?' };
  const first = await startServer({ env });
  await post(first, '/query', question);
  expect(await first.kill('SIGTERM')).toBe(0);
  expect(receiver.spans.map(({ name }) => name)).toContain('POST /query');
  await first.stop();

  receiver.manners = 'hangs';
  const second = await startServer({ env });
  for (let count = 0; count < 20; count += 1)
    expect((await post(second, '/query', question)).status).toBe(200);
  expect(await second.kill('SIGTERM')).toBe(0);
  await second.stop();
  await receiver.stop();
});

test('the console exporter writes spans beside the log, and the service still answers', async () => {
  const server = await startServer({ env: { TRACE_EXPORTER: 'console' } });
  await post(server, '/query', { query: 'When does the archive close?' });
  await server.kill('SIGTERM');
  const spans = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{"span"'))
    .map((line) => JSON.parse(line) as { span: string });
  expect(spans.map(({ span }) => span)).toContain('POST /query');
  await server.stop();
});
