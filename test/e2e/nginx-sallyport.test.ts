import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { describeWith } from '../support/describe-with.ts';
import { startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startNginx, type Nginx } from '../support/services/nginx.ts';
import { openResponse, send } from '../support/services/tls-client.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

/** Few enough that a client which could forge its address would be seen to pass. */
const REQUESTS_PER_ADDRESS = 6;

describeWith('TEST_NGINX_BIN', 'Sallyport behind nginx', (binary) => {
  let provider: OpenAiServer;
  let server: RunningServer;
  let nginx: Nginx;
  const post = (
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    localAddress = '127.0.0.1',
  ) => ({
    method: 'POST',
    path,
    localAddress,
    headers: { 'content-type': 'application/json', 'x-api-key': server.key, ...headers },
    body: JSON.stringify(body),
  });

  beforeAll(async () => {
    provider = await startOpenAiServer();
    server = await startServer({
      env: { ...JWT_ENV, ...provider.env, ADDRESS_RATE_LIMIT_PER_MINUTE: String(REQUESTS_PER_ADDRESS) },
    });
    nginx = await startNginx({ binary, upstream: new URL(server.url).host });
  });
  afterAll(async () => {
    await nginx.stop();
    await server.stop();
    await provider.stop();
  });

  test('a document goes in and its answer comes out, over TLS', async () => {
    const documents = { text: 'The late fee is $8.', title: 'Fees' };
    expect((await send(nginx, '/admin/documents?wait=true', post('', documents))).status).toBe(201);
    const answer = await send(nginx, '/query', post('', { query: 'What is the late fee?' }));
    expect(JSON.parse(answer.body)).toMatchObject({
      answer: 'Yes [1].',
      citations: [{ quote: 'The late fee is $8.' }],
    });
    expect(answer.headers['x-request-id']).toBe(JSON.parse(answer.body).request_id);
  });

  test('a token as long as the application reads goes through', async () => {
    const claims = { scope: 'query', groups: Array.from({ length: 250 }, (_, n) => `${n}`.padEnd(40, '-')) };
    const token = signToken(claims);
    expect(token.length).toBeGreaterThan(14_000);
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const asked = { ...post('', { query: 'fee' }, {}, '127.0.0.3'), headers };
    const found = await send(nginx, '/search', asked);
    expect(found.status).toBe(200);
  });

  test('an answer streams: the first words are there while the model still holds back the rest', async () => {
    let model: ServerResponse | undefined;
    const piece = (content: string, finish: string | null = null) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
    provider.onChat = (_request, response) => {
      model = response.writeHead(200, { 'content-type': 'text/event-stream' });
      // A sentence goes out once it is certain that nothing in it may not.
      response.write(piece('First words are here. And then, after a while of thinking about it, come the '));
    };
    const response = await openResponse(
      nginx,
      '/query',
      post('', { query: 'What is the late fee?', stream: true }),
    );
    let seen = '';
    for await (const text of response.setEncoding('utf8')) {
      seen += text as string;
      // Only now, with the first words here, does the model say the rest: buffered, they would never have come.
      if (seen.includes('First words') && !seen.includes('last words')) {
        model!.end(`${piece('last words [1].', 'stop')}data: [DONE]\n\n`);
      }
    }
    expect(seen).toMatch(/answer-start[\s\S]*citations[\s\S]*First words[\s\S]*last words[\s\S]*answer-end/);
  });

  test('a client cannot get past the limit on its address by forging one', async () => {
    const statuses = [];
    for (let turn = 0; turn <= REQUESTS_PER_ADDRESS; turn += 1) {
      const forged = {
        'x-forwarded-for': `203.0.113.${turn}`,
        forwarded: `for=203.0.113.${turn}`,
        'x-real-ip': `203.0.113.${turn}`,
      };
      statuses.push((await send(nginx, '/search', post('', { query: 'fee' }, forged, '127.0.0.7'))).status);
    }
    expect(statuses).toEqual([...Array<number>(REQUESTS_PER_ADDRESS).fill(200), 429]);
    // Another address is another client: nginx passed the real ones on.
    expect((await send(nginx, '/search', post('', { query: 'fee' }, {}, '127.0.0.8'))).status).toBe(200);
  });

  test('nor can it use up the limit of somebody else’s', async () => {
    const [victim, attacker] = ['127.0.0.9', '127.0.0.10'];
    const search = async (headers: Record<string, string>, from: string) =>
      (await send(nginx, '/search', post('', { query: 'fee' }, headers, from))).status;
    for (const claim of [victim, `${victim}, 127.0.0.1`, `127.0.0.1, ${victim}`]) {
      const forged = {
        'x-forwarded-for': claim,
        forwarded: claim.replaceAll(/[\d.]+/g, 'for=$&'),
        'x-real-ip': victim,
        'true-client-ip': victim,
        x_forwarded_for: claim,
      };
      for (let turn = 0; turn < REQUESTS_PER_ADDRESS; turn += 1) await search(forged, attacker);
    }
    const statuses = [];
    for (let turn = 0; turn <= REQUESTS_PER_ADDRESS; turn += 1) statuses.push(await search({}, victim));
    expect(statuses).toEqual([...Array<number>(REQUESTS_PER_ADDRESS).fill(200), 429]);
  });

  describe('with /metrics and /admin kept to one network, as nginx.conf says how', () => {
    let closed: Nginx;
    let addresses = 0;
    /** Each time from another address, for the sake of the limit. */
    const status = async (path: string, network: string) => {
      addresses += 1;
      const localAddress = `${network}.${addresses}`;
      return (await send(closed, path, { localAddress, headers: { 'x-api-key': server.key } })).status;
    };
    beforeAll(async () => {
      closed = await startNginx({
        binary,
        upstream: new URL(server.url).host,
        adjust: (configuration) =>
          configuration
            .replace('default 1; # CHANGE', 'default 0; # CHANGE')
            .replace('# 10.0.0.0/8 1; # CHANGE', '127.0.77.0/24 1; # CHANGE'),
      });
    });
    afterAll(() => closed.stop());

    test('that network gets them, and the others the rest', async () => {
      for (const path of ['/metrics', '/admin/keys', '/admin/documents', '/admin/audit'])
        expect([path, await status(path, '127.0.77')]).toEqual([path, 200]);
      for (const path of ['/health', '/docs', '/'])
        expect([path, await status(path, '127.0.88')]).toEqual([path, 200]);
    });

    test.each([
      ...['/metrics', '/metrics/', '/METRICS', '/Metrics', '//metrics', '/./metrics', '/x/../metrics'],
      ...['/%6detrics', '/metrics%2f', '/metrics;a', '/metrics?a=/health'],
      ...['/admin/keys', '/Admin/keys', '/ADMIN/KEYS', '/admin/keys/', '//admin//keys', '/%61dmin/keys'],
      ...[
        '/admin%2fkeys',
        '/query/../admin/keys',
        '/admin/documents',
        '/Admin/Documents',
        '/admin/audit/verify',
      ],
      ...['/admin/jobs/00000000-0000-4000-8000-000000000000', '/admin/jobs/../keys', '/v1/../admin/keys'],
    ])('nobody else gets anything at %s', async (path) => {
      expect([403, 404]).toContain(await status(path, '127.0.88'));
    });
  });
});
