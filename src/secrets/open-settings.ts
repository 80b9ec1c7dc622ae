import { checkSettings, parseSettings, type Environment } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { createEnvSource } from './env-secret-source.ts';
import { secretSources } from './index.ts';
import type { SecretSource, SecretSourceFactory } from './secret-source.ts';
import { secretsSchema } from './secrets-settings.ts';

/** Settings, and where they came from. */
export type OpenedSettings = {
  settings: Settings;
  /** Reads them anew from the same place. @throws SettingsError; nothing has changed then */
  read: () => Promise<Settings>;
  close: () => Promise<void>;
};

/**
 * Reads the settings: those of the environment, over them what `SECRETS_PROVIDER` keeps, and over all of them `overrides`.
 * Where secrets are kept is read once.
 *
 * @throws SettingsError that says in a readable line what is wrong, missing or denied
 */
export async function openSettings(overrides: Environment = {}): Promise<OpenedSettings> {
  const environment = createEnvSource();
  const where = checkSettings(secretsSchema, { ...(await environment.read()), ...overrides });
  const factory: SecretSourceFactory = secretSources[where.SECRETS_PROVIDER];
  const source: SecretSource = await factory(where);
  const close = async () => source.close?.();
  const read = async () =>
    parseSettings({ ...(await environment.read()), ...(await source.read()), ...overrides });
  try {
    return { settings: await read(), read, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The same, for who needs them once. */
export async function loadSettings(overrides: Environment = {}): Promise<Settings> {
  const { settings, close } = await openSettings(overrides);
  await close();
  return settings;
}
