import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWith } from '../support/describe-with.ts';
import { startNginx, type Nginx } from '../support/services/nginx.ts';
import {
  startStandInApplication,
  type Echo,
  type StandInApplication,
} from '../support/services/stand-in-application.ts';
import { handshake, openResponse, send, valuesOf, type Send } from '../support/services/tls-client.ts';

describeWith('TEST_NGINX_BIN', 'behind nginx', (binary) => {
  let application: StandInApplication;
  let nginx: Nginx;
  const echo = async (path: string, options?: Send): Promise<Echo> =>
    JSON.parse((await send(nginx, path, options)).body) as Echo;

  beforeAll(async () => {
    application = await startStandInApplication();
    nginx = await startNginx({ binary, upstream: application.address });
  });
  afterAll(async () => {
    await nginx.stop();
    await application.stop();
  });

  describe('the door', () => {
    test.each(['TLSv1.2', 'TLSv1.3'] as const)('accepts %s', async (version) => {
      expect(await handshake(nginx, version)).toBe(version);
    });

    test('refuses TLS 1.1: the alert is the server’s, so the client did offer it', async () => {
      await expect(handshake(nginx, 'TLSv1.1')).rejects.toThrow(/alert protocol version/);
    });

    test('speaks HTTP/2', async () => {
      const session = connectHttp2(`https://127.0.0.1:${nginx.httpsPort}`, { ca: nginx.pem });
      const [headers] = await once(session.request({ ':path': '/health' }), 'response');
      expect([session.alpnProtocol, headers[':status']]).toEqual(['h2', 200]);
      session.close();
    });

    test('sends plain HTTP over to HTTPS, path and query with it', async () => {
      const request = get({ host: '127.0.0.1', port: nginx.httpPort, path: '/docs?a=1' });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      expect(response.statusCode).toBe(308);
      expect(response.headers.location).toBe('https://127.0.0.1/docs?a=1');
    });

    test('says HSTS once, though the application says it too, and not which nginx this is', async () => {
      const reply = await send(nginx, '/health');
      expect(valuesOf(reply, 'strict-transport-security')).toEqual(['max-age=31536000; includeSubDomains']);
      expect(reply.headers.server).toBe('nginx');
    });

    test('logs requests as JSON, without their query strings', async () => {
      await send(nginx, '/docs?token=hush', { headers: { 'x-request-id': 'logged-request' } });
      const find = async () =>
        (await nginx.accessLog()).split('\n').find((line) => line.includes('logged-request'));
      while (!(await find())) await sleep(10);
      expect(JSON.parse((await find())!)).toMatchObject({ path: '/docs', status: 200, client: '127.0.0.1' });
      expect(await nginx.accessLog()).not.toContain('hush');
    });
  });

  describe('headers', () => {
    test('overwrites what a client claims about where it comes from', async () => {
      const { headers } = await echo('/health', {
        headers: {
          'X-Forwarded-For': '10.9.9.9, 10.8.8.8',
          'X-Real-IP': '10.9.9.9',
          'X-Forwarded-Proto': 'http',
          'X-Forwarded-Host': 'evil.example',
          'X-Forwarded-Port': '1',
          Forwarded: 'for=10.9.9.9;proto=http;host=evil.example',
          X_Forwarded_For: '10.9.9.9',
        },
      });
      expect(headers).toMatchObject({
        host: '127.0.0.1',
        'x-forwarded-for': '127.0.0.1',
        'x-real-ip': '127.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': '127.0.0.1',
      });
      expect(JSON.stringify(headers)).not.toMatch(/10\.9\.9\.9|evil/);
      expect(headers).not.toHaveProperty('forwarded');
      expect(headers).not.toHaveProperty('x-forwarded-port');
    });

    test('passes a harmless request id on, and makes one in place of any other', async () => {
      const kept = await send(nginx, '/health', { headers: { 'x-request-id': 'trace-0001.a' } });
      expect((JSON.parse(kept.body) as Echo).headers['x-request-id']).toBe('trace-0001.a');
      expect(valuesOf(kept, 'x-request-id')).toEqual(['trace-0001.a']);
      for (const unsafe of ['", "admin": "yes', 'short', 'x'.repeat(129), ['first-one', 'second"one']]) {
        const { headers } = await echo('/health', { headers: { 'x-request-id': unsafe } });
        expect(headers['x-request-id']).toMatch(/^([0-9a-f]{32}|first-one)$/);
      }
    });

    test('uses a connection to the application again', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 }); // one connection here means one nginx worker
      const ports: number[] = [];
      for (let i = 0; i < 5; i += 1) ports.push((await echo('/health', { agent })).fromPort);
      agent.destroy();
      expect(new Set(ports).size).toBe(1);
    });
  });

  describe('streams', () => {
    test('passes each event on before the application sends the next', async () => {
      let stream: ServerResponse | undefined;
      application.onQuery((response) => {
        stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
        stream.write('data: 0\n\n');
      });
      const response = await openResponse(nginx, '/query', { method: 'POST', body: '{}' });
      const received: string[] = [];
      for await (const chunk of response.setEncoding('utf8')) {
        received.push(chunk as string);
        // The next event exists only once the one before has come through: a buffer anywhere would hang here.
        if (received.length < 5) stream!.write(`data: ${received.length}\n\n`);
        else stream!.end();
      }
      expect(received).toEqual([0, 1, 2, 3, 4].map((n) => `data: ${n}\n\n`));
    });

    test('tells the application when the client has gone', async () => {
      const closed = new Promise<void>((resolve) =>
        application.onQuery((response) => void response.on('close', resolve).write(': hello\n\n')),
      );
      const response = await openResponse(nginx, '/query', { method: 'POST', body: '{}' });
      response.destroy();
      await closed;
    });
  });
});
