import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKey, hashKey, newKeyId } from './api-keys.ts';
import { adminKey, type BootstrapKey } from './bootstrap-keys.ts';

/** `created` is the key itself, the one time that it is known. */
export type DevelopmentKey = { record: BootstrapKey; created?: string };

/** The admin key of a server without any: made once, remembered in `dataDir` as a hash. */
export async function developmentKey(dataDir: string): Promise<DevelopmentKey> {
  const file = join(dataDir, 'development-key.json');
  try {
    const { id, sha256 } = JSON.parse(await readFile(file, 'utf8')) as { id: string; sha256: string };
    return { record: adminKey(Buffer.from(sha256, 'hex'), id) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // Shorter than the id of a stored key, so that it is never one.
  const id = newKeyId().slice(0, 8);
  const created = generateKey(id);
  const hash = hashKey(created);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify({ id, sha256: hash.toString('hex') })}\n`, {
    mode: 0o600,
    flag: 'wx',
  });
  return { record: adminKey(hash, id), created };
}
