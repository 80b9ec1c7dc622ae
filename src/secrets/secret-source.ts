import type { SecretsSettings } from './secrets-settings.ts';

/** Where secrets are kept. */
export type SecretSource = {
  /**
   * Reads all of them anew: settings by their names, as an environment would hold them. It takes ten seconds at most.
   *
   * @throws SettingsError that names the secret which is missing, denied or out of reach and who keeps it, never a value
   */
  read(): Promise<Record<string, string>>;
  close?(): Promise<void>;
};

/** Makes a source; rejects with a SettingsError where something is missing that it needs. Nothing has been read yet. */
export type SecretSourceFactory = (settings: SecretsSettings) => SecretSource | Promise<SecretSource>;
