import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { SettingsError } from '../config/load.ts';
import { failureReason } from './failure-reason.ts';
import type { SecretSource } from './secret-source.ts';

/**
 * The process's environment, and outside production a file `.env` in its folder, which sets nothing that is set. The file is
 * read anew each time; the process's own environment stays as it is, so that nobody else finds secrets there.
 */
export function createEnvSource(): SecretSource {
  return {
    read: async () => {
      const environment = process.env as Record<string, string>;
      return { ...(environment.NODE_ENV === 'production' ? {} : await readEnvFile()), ...environment };
    },
  };
}

async function readEnvFile(): Promise<Record<string, string>> {
  try {
    return parseEnv(await readFile('.env', 'utf8')) as Record<string, string>;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return {};
    throw new SettingsError(`The file .env cannot be read: ${failureReason(error)}.`);
  }
}
