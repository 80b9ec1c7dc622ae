import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingest, post } from '../support/http.ts';
import { startServer } from '../support/start-server.ts';

describe('the folder of the embedded Postgres', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-folder-'));
  const ownerFile = join(folder, 'postgres.json');
  const env = { DATA_DIR: folder };
  const question = { query: 'How old is the oak?' };
  const found = async (server: Awaited<ReturnType<typeof startServer>>) =>
    (await post(server, '/search', question)).body.chunks.length as number;

  beforeAll(async () => {
    const server = await startServer({ env });
    await ingest(server, [{ text: 'The oak is 400 years old.' }]);
    await server.stop();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is for its owner alone', () => {
    expect(statSync(folder).mode & 0o077).toBe(0);
  });

  test('keeps what was ingested from one start to the next', async () => {
    const server = await startServer({ env });
    expect(await found(server)).toBe(1);
    await server.stop();
  });

  test('may be shared by two servers, which then share the one Postgres', async () => {
    const one = await startServer({ env });
    const two = await startServer({ env });
    await ingest(two, [{ text: 'The oak stands by the mill, and is old.' }]);
    expect(await found(one)).toBe(2);
    await two.stop();
    expect(await found(one)).toBe(2);
    await one.stop();
  });

  test('is opened again after a crash, although another process has the number of the one that died', async () => {
    const crashed = await startServer({ env });
    const owner = JSON.parse(readFileSync(ownerFile, 'utf8')) as object;
    await crashed.kill('SIGKILL');
    writeFileSync(ownerFile, JSON.stringify({ ...owner, pid: process.pid }));
    const server = await startServer({ env });
    expect(await found(server)).toBe(2);
    await server.stop();
  });

  test('is opened again at once after a crash, while the Postgres of the one that died still ends', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const crashed = await startServer({ env });
      const text = Array.from({ length: 5_000 }, (_, place) => `Acorn ${place} of turn ${turn}.`).join(
        '\n\n',
      );
      await post(crashed, '/admin/documents', { text });
      await crashed.kill('SIGKILL');
    }
    const server = await startServer({ env });
    expect(await found(server)).toBeGreaterThanOrEqual(2);
    await server.stop();
  }, 120_000);
});
