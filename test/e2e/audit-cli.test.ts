import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { eventually, get, post } from '../support/http.ts';
import { runSallyport } from '../support/run-sallyport.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

describeOnEveryDatabase('sallyport audit', (database) => {
  let server: RunningServer;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-audit-'));
    server = await startServer({
      env: { ...(await database.env()), AUDIT_CHECKPOINT_SECONDS: '1', NODE_ENV: 'production' },
    });
    for (let nth = 0; nth < 12; nth += 1) await post(server, '/search', { query: 'bridge' });
    await eventually(() => Promise.resolve(server.output().includes('audit chain signed')));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const sallyport = async (...args: string[]) => {
    const run = runSallyport(['audit', ...args], server.env);
    const code = await run.ended;
    return { code, output: run.output() };
  };
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  test('exports what can be verified without a database, by the public key alone', async () => {
    const exported = file('export.jsonl', (await sallyport('export')).output);
    const publicKey = file('key.pem', (await sallyport('key')).output);
    expect(readFileSync(publicKey, 'utf8')).toContain('BEGIN PUBLIC KEY');
    const nowhere = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    const offline = async (path: string) => {
      const run = runSallyport(['audit', 'verify', '--file', path, '--public-key', publicKey], nowhere);
      const code = await run.ended;
      return [code, run.output()];
    };
    expect(await offline(exported)).toEqual([0, expect.stringContaining('whole and signed')]);
    const text = readFileSync(exported, 'utf8');
    const changed = file('changed.jsonl', text.replace('"outcome":"success"', '"outcome":"denied"'));
    expect(await offline(changed)).toEqual([1, expect.stringContaining('edited')]);
    const lines = text.trim().split('\n');
    const isRecord = (line: string) => line.startsWith('{"tenant":');
    const removed = {
      header: lines.slice(1),
      'header and first records': lines.filter(
        (line, nth) => nth > 0 && !/^\{"tenant":"default","seq":[1-4],/.test(line),
      ),
      tenant: lines.filter(
        (line, nth) => [0, lines.length - 1].includes(nth) || !line.includes('"tenant":"default"'),
      ),
      records: lines.filter((line) => !isRecord(line)),
      checkpoints: lines.filter((line) => !line.startsWith('{"checkpoint":')),
      'all but the records': lines.filter(isRecord),
      trailer: lines.slice(0, -1),
    };
    for (const [what, rest] of Object.entries(removed)) {
      const [code, said] = await offline(file('removed.jsonl', rest.join('\n')));
      expect([what, code, said]).toEqual([what, 1, expect.stringMatching(/tampered with|not signed/)]);
      expect(said).not.toContain('whole');
    }
  });

  test('verifies the database, against checkpoints and exports that were kept elsewhere', async () => {
    const log = file('shipped.log', server.output());
    const earlier = file('earlier.jsonl', (await sallyport('export')).output);
    for (const expected of [log, earlier])
      expect(await sallyport('verify', '--expect-from', expected)).toMatchObject({ code: 0 });
    const { code: sound, output: body } = await sallyport('verify', '--json');
    expect([sound, JSON.parse(body)]).toEqual([
      0,
      {
        ...{ ok: true, signed: true, faults: [], chains: expect.any(Number) },
        ...{ records: expect.any(Number), after_checkpoint: expect.any(Number) },
      },
    ]);
    await asOwner(server, async (sql) => {
      await sql("delete from audit_events where tenant = 'default'");
      await sql("delete from audit_checkpoints where tenant = 'default'");
    });
    const truncated = { code: 1, output: expect.stringContaining('truncated') };
    expect(await sallyport('verify')).toMatchObject(truncated);
    for (const expected of [log, earlier])
      expect(await sallyport('verify', '--expect-from', expected)).toMatchObject(truncated);
    const { body: told } = await get(server, '/admin/audit/verify');
    expect(told).toMatchObject({ ok: false, signed: true, first_bad: { tenant: 'default', seq: 1 } });
  });

  test('says what is wrong with how it was asked', async () => {
    expect(await sallyport('verify', '--expect-from', file('nothing.log', 'no line of ours'))).toMatchObject({
      code: 1,
      output: expect.stringContaining('--expect-from'),
    });
    expect(await sallyport('verify', '--file', file('siem.log', '{"@timestamp":"2031"}'))).toMatchObject({
      code: 1,
      output: expect.stringContaining('ecs and ocsf cannot be verified'),
    });
    expect((await sallyport('destroy')).code).toBe(2);
    expect(await sallyport('verify', '--public-key', file('no.pem', 'no key'))).toMatchObject({
      code: 1,
      output: expect.stringContaining('--public-key'),
    });
    const prune = runSallyport(['audit', 'prune'], { ...server.env, AUDIT_RETENTION_DAYS: 'never' });
    expect(await prune.ended).toBe(1);
    expect(prune.output()).toContain('AUDIT_RETENTION_DAYS');
  });
});
