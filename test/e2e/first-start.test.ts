import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get, post } from '../support/http.ts';
import { startInVain, startServer } from '../support/start-server.ts';

const NO_KEYS = { API_KEYS: '', ADMIN_API_KEYS: '' };
const KEY = /sp_[a-z0-9]{8}_[A-Za-z0-9_-]{32}/;

describe('the very first start, with nothing configured', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-first-'));
  const env = { NODE_ENV: 'development', DATA_DIR: folder, ...NO_KEYS };
  let output: string;
  let again: string;
  let answer: Awaited<ReturnType<typeof post>>;
  let later: Awaited<ReturnType<typeof post>>;
  let key: string;

  beforeAll(async () => {
    const first = await startServer({ env });
    output = first.output();
    key = KEY.exec(output)?.[0] ?? '';
    answer = await post({ ...first, key }, '/query', { query: 'Which file formats can I ingest?' });
    await first.stop();
    const second = await startServer({ env });
    again = second.output();
    later = await get({ ...second, key }, '/admin/documents');
    await second.stop();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('says where it listens, and the first question as a line to paste', () => {
    expect(output).toMatch(/listens on http:\/\/127\.0\.0\.1:\d+/);
    expect(output).toContain(`curl -s http`);
    expect(output.match(new RegExp(key, 'g'))).toHaveLength(2);
  });

  test('answers that question from the manual, with a citation that quotes it', () => {
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      refused: false,
      citations: [{ source: 'README.md', quote: expect.any(String) }],
    });
    expect(answer.body.answer).toContain('PDF');
  });

  test('shows the key once: the second start prints none, and the first one still opens', () => {
    expect(again).not.toMatch(KEY);
    expect(later.status).toBe(200);
  });

  test('remembers the key as a hash that nobody else may read', () => {
    const kept = readFileSync(join(folder, 'development-key.json'), 'utf8');
    expect(kept).not.toContain(key);
    expect(kept).not.toContain(key.split('_')[2]!);
  });

  test('has the manual once after the second start', () => {
    expect(later.body.documents.map((document: { source: string }) => document.source).sort()).toEqual([
      'README.md',
      'SECURITY.md',
    ]);
  });
});

test('a start with keys of one’s own leaves the index empty', async () => {
  const server = await startServer({ env: { NODE_ENV: 'development' } });
  const { body } = await get(server, '/admin/documents');
  await server.stop();
  expect(body).toEqual({ documents: [], next_cursor: null });
});

describe('a start that cannot succeed', () => {
  const linesOf = (output: string) => output.split('\n').filter(Boolean).slice(1);

  test('production without keys ends with one readable line', async () => {
    const output = await startInVain({ NODE_ENV: 'production', ...NO_KEYS });
    expect(output).toMatch(/ended with code 1/);
    expect(linesOf(output)).toHaveLength(1);
    expect(output).toContain('ADMIN_API_KEYS');
  });

  test.each([
    ['PORT', 'eighty-eighty'],
    ['API_KEYS', 'hunter2'],
    ['JWT_SECRET', 'correct horse'],
    ['DATABASE_URL', 'mysql://root:swordfish@db/x'],
    ['LLM_PROVIDER', 'oracle-of-delphi'],
    ['TRUST_PROXY', 'true'],
    ['RATE_LIMIT_PER_MINUTE', '-31'],
  ])('a wrong %s is named, and its value is not repeated', async (name, value) => {
    const output = await startInVain({ [name]: value });
    expect(output).toMatch(new RegExp(`ended with code 1[^]*^${name}: .+`, 'm'));
    expect(output).not.toContain(value === 'true' ? 'TRUST_PROXY=true' : value);
    expect(output).not.toMatch(/^\s+at /m);
  });

  test('all wrong settings are named at once', async () => {
    const output = await startInVain({ PORT: '99999', LOG_LEVEL: 'loud' });
    expect(output).toMatch(/^PORT: /m);
    expect(output).toMatch(/^LOG_LEVEL: /m);
  });

  test('a port in use says so, without a stack', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const output = await startInVain({ PORT: String((taken.address() as AddressInfo).port) });
    taken.close();
    expect(output).toContain('The port is in use');
    expect(linesOf(output)).toHaveLength(1);
  });

  test('a database that is not there is said in one line, without its address', async () => {
    const output = await startInVain({
      DATABASE_URL: 'postgres://someone:swordfish@127.0.0.1:1/none',
      START_TIMEOUT_SECONDS: '1',
    });
    const last = linesOf(output).filter((line) => !line.includes('cannot be reached yet'));
    expect(last).toHaveLength(1);
    expect(output).toContain('database');
    expect(output).not.toContain('swordfish');
  });
});
