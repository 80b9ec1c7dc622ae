import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, get, ingest, post } from '../support/http.ts';
import { startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const FORGED = 'INFO the gate is open';
/** Line ends of every kind, and what a terminal obeys. */
const POISON = `moat\r\n${FORGED}\u2028${FORGED}\u0085${FORGED}\u001b[2J\u009b31m\u202e`;
// eslint-disable-next-line no-control-regex -- these are what must not be there
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

describe.each(['production', 'development'])('what a server in %s logs', (mode) => {
  let provider: OpenAiServer;
  let server: RunningServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({
      env: { ...provider.env, NODE_ENV: mode, LOG_LEVEL: 'debug', LLM_MAX_RETRIES: '0' },
    });
    await ingest(server, [{ text: 'The archive closes at five.' }]);
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
  });

  const linesOf = (requestId: string) =>
    server
      .output()
      .split('\n')
      .filter((line) => line.includes(requestId));

  test('names the request and its trace on every line that is written for it', async () => {
    provider.onChat = (_request, response) =>
      void response
        .writeHead(500, { 'content-type': 'application/json' })
        .end('{"error":{"message":"on fire"}}');
    const requestId = `of-this-${mode}`;
    const { status } = await post(
      server,
      '/query',
      { query: 'When does the archive close?' },
      { headers: { 'x-request-id': requestId, traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` } },
    );
    expect(status).toBe(502);
    await eventually(async () => linesOf(requestId).some((line) => line.includes('"route":"/query"')), {
      what: 'the access log',
    });
    const lines = linesOf(requestId);
    // The failure, and the request: of different parts of the server.
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toContain(TRACE_ID);
    expect(server.output()).not.toContain('on fire');
  });

  test('keeps to one line whatever comes in, in a header, a name, a path or a text', async () => {
    await post(server, '/admin/keys', { name: POISON, scopes: ['query'] });
    await post(server, '/admin/documents?wait=true', { text: POISON, title: POISON, source: POISON });
    await post(server, '/query', { query: POISON, [POISON]: 1 });
    await post(server, '/query', { query: POISON });
    await get(server, `/${encodeURIComponent(POISON)}`);
    await get(server, '/admin/usage', {
      headers: { 'user-agent': 'a\u009b31m', 'x-request-id': 'id\u0085x' },
    });
    await get(server, '/health', { headers: { 'x-request-id': 'the-last-one' } });
    await eventually(async () => linesOf('the-last-one').length > 0, { what: 'the last line' });
    const output = server.output();
    expect(output).not.toMatch(UNSAFE);
    for (const line of output.split('\n')) expect(line.startsWith(FORGED)).toBe(false);
    if (mode !== 'production') return;
    const rest = output.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    // What a server says when it has started.
    for (const line of rest) expect(line).toMatch(/^(Sallyport listens|Embedded Postgres|Rate limits)/);
  });
});
