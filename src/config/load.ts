import { existsSync } from 'node:fs';
import { settingsSchema, type Settings } from './schema.ts';

type Environment = Record<string, string | undefined>;

/** Says which settings are wrong and why, never what they were: a value may be a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Parses settings from an environment; empty values count as unset.
 *
 * @throws SettingsError with one line for each wrong setting
 */
export function parseSettings(environment: Environment): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
    throw new SettingsError(`Sallyport's settings are not right.\n${lines.join('\n')}`);
  }
  const settings = parsed.data;
  const hasOpenAi = settings.OPENAI_API_KEY !== undefined || settings.OPENAI_BASE_URL !== undefined;
  return Object.freeze({
    ...settings,
    LLM_PROVIDER: settings.LLM_PROVIDER ?? (hasOpenAi ? 'openai' : 'extractive'),
  });
}

/** Reads `.env` (development only, never over what is set) and parses the process's environment with `overrides` on top. */
export function loadSettings(overrides: Environment = {}): Settings {
  if (process.env.NODE_ENV !== 'production' && existsSync('.env')) process.loadEnvFile('.env');
  return parseSettings({ ...process.env, ...overrides });
}
