import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKey, keyRecord, recordOf, type KeyRecord } from './api-keys.ts';

/** `created` is the key itself, the one time that it is known. */
export type DevelopmentKey = { record: KeyRecord; created?: string };

/** The admin key of a server without any: made once, remembered in `dataDir` as a hash. */
export async function developmentKey(dataDir: string): Promise<DevelopmentKey> {
  const file = join(dataDir, 'development-key.json');
  try {
    const { id, sha256 } = JSON.parse(await readFile(file, 'utf8')) as { id: string; sha256: string };
    return { record: recordOf(Buffer.from(sha256, 'hex'), id, ['admin']) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const created = generateKey();
  const record = keyRecord(created, ['admin']);
  const { hash, principal } = record;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify({ id: principal.keyId, sha256: hash.toString('hex') })}\n`, {
    mode: 0o600,
    flag: 'wx',
  });
  return { record, created };
}
