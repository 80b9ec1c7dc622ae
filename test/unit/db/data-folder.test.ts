import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimDataFolder } from '../../../src/db/data-folder.ts';
import { reasonOf } from '../../../src/reason.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-claim-'));
const ownerFile = join(folder, 'postgres.json');
afterAll(() => rmSync(folder, { recursive: true }));

test('a folder whose owner runs and opens no Postgres is said to be in use, in one line that says by whom', async () => {
  writeFileSync(ownerFile, JSON.stringify({ pid: process.ppid, host: '' }));
  const refused = await claimDataFolder(ownerFile, 200).catch(reasonOf);
  expect(refused).toBe(`Another process holds the data folder: ${ownerFile} names it.`);
});
