import { SettingsError } from '../config/load.ts';
import type { SecretsSettings } from './secrets-settings.ts';

/** Loads a vendor's SDK, which is installed only where it is used. @throws SettingsError that says what to install */
export async function loadSdk<Sdk>(
  provider: SecretsSettings['SECRETS_PROVIDER'],
  packages: string,
  load: () => Promise<Sdk>,
): Promise<Sdk> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new SettingsError(`SECRETS_PROVIDER=${provider} needs \`npm install ${packages}\`.`, { cause });
  }
}
