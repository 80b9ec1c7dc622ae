import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, eventsOf, get, ingest, open, type ServerEvent } from '../support/http.ts';
import { describeWith } from '../support/describe-with.ts';
import { makeDatabase } from '../support/fresh-database.ts';
import { startOpenAiServer, writesSlowly, type OpenAiServer } from '../support/openai-server.ts';
import { runSallyport } from '../support/run-sallyport.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const PIECES = 40;
const EVERY_MS = 50;

describe('a server that is told to stop', () => {
  let provider: OpenAiServer;
  beforeAll(async () => {
    provider = await startOpenAiServer();
  });
  afterAll(() => provider.stop());

  /** A server in the middle of an answer. */
  const inTheMiddle = async (env: Record<string, string>) => {
    const server = await startServer({ env: { ...provider.env, ...env } });
    await ingest(server, [{ text: 'The drawbridge opens at five.' }]);
    let written = 0;
    provider.onChat = writesSlowly({
      promptTokens: 50,
      pieces: PIECES,
      everyMs: EVERY_MS,
      onPiece: () => (written += 1),
    });
    const json = { query: 'When does the drawbridge open?', stream: true };
    const events: ServerEvent[] = [];
    const answer = (async () => {
      for await (const event of eventsOf(await open(server, 'POST', '/query', { json }))) events.push(event);
    })();
    answer.catch(() => undefined);
    await eventually(async () => written > 3, { what: 'the beginning of the answer' });
    return { server, events, answer };
  };
  const readiness = async (server: RunningServer) => {
    const { status, headers, body } = await get(server, '/ready');
    return [status, body.status, headers.get('connection')];
  };

  test('says so first, takes requests for the delay, finishes its streams, and ends with code 0', async () => {
    const env = { SHUTDOWN_DELAY_SECONDS: '1', SHUTDOWN_GRACE_SECONDS: '20' };
    const { server, events, answer } = await inTheMiddle(env);
    expect(await readiness(server)).toEqual([200, 'ok', 'keep-alive']);
    const ended = server.kill('SIGTERM');
    await eventually(async () => (await readiness(server))[0] === 503, { what: 'the word that it stops' });
    expect(await readiness(server)).toEqual([503, 'draining', 'keep-alive']);
    expect((await get(server, '/admin/documents')).status).toBe(200);
    await answer;
    expect(events.at(-1)).toMatchObject({ event: 'answer-end', data: { refused: false } });
    expect(await ended).toBe(0);
    await expect(get(server, '/health')).rejects.toThrow();
    await server.stop();
  });

  test('cuts off what is still open after the grace, and ends with code 0 all the same', async () => {
    const { server, events, answer } = await inTheMiddle({ SHUTDOWN_GRACE_SECONDS: '1' });
    expect(await server.kill('SIGTERM')).toBe(0);
    await answer.catch(() => undefined);
    expect(events.map(({ event }) => event)).not.toContain('answer-end');
    await server.stop();
  });

  test('ends at once when it is told twice, and not with code 0', async () => {
    const env = { SHUTDOWN_DELAY_SECONDS: '30', SHUTDOWN_GRACE_SECONDS: '30' };
    const { server } = await inTheMiddle(env);
    const ended = server.kill('SIGTERM');
    await eventually(async () => (await readiness(server))[0] === 503, { what: 'the word that it stops' });
    process.kill(server.pid, 'SIGTERM');
    expect(await ended).toBe(1);
    await server.stop();
  });
});

describeWith('TEST_DATABASE_URL', 'a start', (address) => {
  const serveBehind = async (setting: string, target: string) => {
    const database = await makeDatabase(address);
    const proxy = await startTcpProxy(setting === 'DATABASE_URL' ? database.url : target);
    await proxy.cut();
    const env = {
      DATABASE_URL: database.url,
      PORT: '0',
      ADMIN_API_KEYS: 'a-key-of-the-test-of-the-start',
      [setting]: proxy.url,
    };
    const run = runSallyport(['serve'], env);
    return { run, proxy, database };
  };
  const stores: [string, string, string][] = [['DATABASE_URL', 'Postgres', address]];
  if (process.env.TEST_REDIS_URL) stores.push(['REDIS_URL', 'Redis', process.env.TEST_REDIS_URL]);

  test.each(stores)('waits for the store of %s until it is there', async (setting, store, target) => {
    const { run, proxy, database } = await serveBehind(setting, target);
    await eventually(async () => run.output().includes(`${store} cannot be reached yet`), {
      what: 'the wait',
    });
    expect(run.output()).not.toContain('listens on');
    await proxy.restore();
    await eventually(async () => run.output().includes('listens on'), { what: 'the start' });
    run.signal('SIGTERM');
    expect(await run.ended).toBe(0);
    await proxy.stop();
    await database.drop();
  });

  test('does not wait for a database that refuses it', async () => {
    const url = new URL(address);
    url.pathname = '/no_such_database';
    const run = runSallyport(['serve'], {
      DATABASE_URL: url.href,
      API_KEYS: 'a-key-of-the-test-of-the-start',
    });
    expect(await run.ended).toBe(1);
    expect(run.output().trim()).toBe(
      'Sallyport cannot start: DATABASE_URL: Postgres refuses its user, password or database.',
    );
  });
});
