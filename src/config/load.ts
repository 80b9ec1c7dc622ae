import type { z } from 'zod';
import { settingsSchema, type Settings } from './schema.ts';

export type Environment = Record<string, string | undefined>;

/** Says which settings are wrong and why, never what they were: a value may be a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Checks an environment by a schema of settings; empty values count as unset.
 *
 * @throws SettingsError with one line for each wrong setting
 */
export function checkSettings<Schema extends z.ZodType>(
  schema: Schema,
  environment: Environment,
): z.output<Schema> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
    throw new SettingsError(`Sallyport's settings are not right.\n${lines.join('\n')}`);
  }
  return parsed.data;
}

/**
 * Parses settings from an environment, as `checkSettings` does.
 *
 * @throws SettingsError with one line for each wrong setting
 */
export function parseSettings(environment: Environment): Settings {
  const settings = checkSettings(settingsSchema, environment);
  const hasOpenAi = settings.OPENAI_API_KEY.reveal() !== undefined || settings.OPENAI_BASE_URL !== undefined;
  return Object.freeze({
    ...settings,
    LLM_PROVIDER: settings.LLM_PROVIDER ?? (hasOpenAi ? 'openai' : 'extractive'),
  });
}
