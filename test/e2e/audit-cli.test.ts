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
    expect(await offline(exported)).toEqual([0, expect.stringContaining('whole')]);
    const lines = readFileSync(exported, 'utf8');
    const changed = file('changed.jsonl', lines.replace('"outcome":"success"', '"outcome":"denied"'));
    expect(await offline(changed)).toEqual([1, expect.stringContaining('edited')]);
  });

  test('verifies the database, against checkpoints that were shipped with the log', async () => {
    const log = file('shipped.log', server.output());
    expect(await sallyport('verify', '--checkpoints', log)).toMatchObject({ code: 0 });
    const whole = await asOwner(server, (sql) =>
      sql("select * from audit_events where tenant = 'default' order by seq"),
    );
    await asOwner(server, async (sql) => {
      await sql("delete from audit_events where tenant = 'default'");
      await sql("delete from audit_checkpoints where tenant = 'default'");
    });
    expect(await sallyport('verify')).toMatchObject({ code: 0 });
    expect(await sallyport('verify', '--checkpoints', log)).toMatchObject({
      code: 1,
      output: expect.stringContaining('truncated'),
    });
    await asOwner(server, async (sql) => {
      for (const { tenant, seq, previous, hash, event } of whole.slice(0, 5))
        await sql(
          'insert into audit_events (tenant, seq, previous, hash, event) values ($1, $2, $3, $4, $5)',
          [...[tenant, seq, previous, hash, event]],
        );
    });
    const { body } = await get(server, '/admin/audit/verify');
    expect(body.ok).toBe(true);
    expect(await sallyport('verify', '--checkpoints', log)).toMatchObject({ code: 1 });
  });

  test('says what is wrong with how it was asked', async () => {
    expect((await sallyport('destroy')).code).toBe(2);
    expect(await sallyport('verify', '--public-key', file('no.pem', 'no key'))).toMatchObject({
      code: 1,
      output: expect.stringContaining('--public-key'),
    });
    expect(await sallyport('prune')).toMatchObject({
      code: 1,
      output: expect.stringContaining('AUDIT_RETENTION_DAYS'),
    });
  });
});
