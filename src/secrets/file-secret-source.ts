import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SettingsError } from '../config/load.ts';
import { failureReason } from './failure-reason.ts';
import type { SecretSource } from './secret-source.ts';
import type { SecretsSettings } from './secrets-settings.ts';
import { LARGEST_BYTES, settingsOfSecrets, tooLarge, type ReadSecret } from './settings-of-secrets.ts';
import { withDeadline } from './with-deadline.ts';

/**
 * Secrets that are mounted as files, one each, as Docker and Kubernetes do it: those of a folder, without its folders and
 * without what begins with a dot. A file that is no setting may be for somebody else.
 */
export function createFileSource({
  SECRETS_DIR: folder,
}: Pick<SecretsSettings, 'SECRETS_DIR'>): SecretSource {
  return {
    read: async () => settingsOfSecrets(await readFolder(folder), { mayBeForeign: true }),
  };
}

async function readFolder(folder: string): Promise<ReadSecret[]> {
  const cannotRead = (what: string) => (error: unknown) => {
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(`${what} cannot be read: ${failureReason(error)}.`);
  };
  return withDeadline(async () => {
    // Kubernetes replaces all files at once, by this link: read through it, they are of one version.
    const version = await realpath(join(folder, '..data')).catch(() => folder);
    const names = await readdir(version).catch(cannotRead(`SECRETS_DIR: ${folder}`));
    const secrets = await Promise.all(
      names
        .filter((name) => !name.startsWith('.'))
        .map((name) => readOne(version, name).catch(cannotRead(`The secret ${name} in ${folder}`))),
    );
    return secrets.filter((secret) => secret !== undefined);
  }).catch(cannotRead(`SECRETS_DIR: ${folder}`));
}

async function readOne(folder: string, name: string): Promise<ReadSecret | undefined> {
  const path = join(folder, name);
  const found = await stat(path);
  if (!found.isFile()) return undefined;
  if (found.size > LARGEST_BYTES) throw tooLarge(name);
  return { name, value: await readFile(path, 'utf8') };
}
