import { SettingsError } from '../config/load.ts';
import { settingsSchema } from '../config/schema.ts';

/** A secret as it was read, and the setting that it is, where that was said. */
export type ReadSecret = { name: string; value: string; setting?: string | undefined };

/** The largest secret that the services keep; nothing that is larger is read. */
export const LARGEST_BYTES = 65_536;
/** Who may write a secret must not say what kind of process this is, where it listens, or whose secrets it reads. */
const FROM_ENVIRONMENT_ALONE = /^(NODE_ENV|HOST|PORT|SECRETS_.*)$/;

/**
 * The settings that secrets hold: one that is a JSON object has a setting under each name, any other is the one that its own name
 * ends in (`prod/openai-api-key` is OPENAI_API_KEY). Names that are no settings are passed over, as in an environment.
 *
 * @throws SettingsError where a value is no good, two secrets have the same setting, or one has none (unless it `mayBeForeign`)
 */
export function settingsOfSecrets(
  secrets: readonly ReadSecret[],
  { mayBeForeign = false } = {},
): Record<string, string> {
  const settings = new Map<string, { value: string; name: string }>();
  for (const secret of secrets) {
    const { name } = secret;
    const entries = entriesOf(secret);
    if (entries.length === 0 && !mayBeForeign) throw setsNothing(secret);
    for (const [setting, value] of entries) {
      const other = settings.get(setting);
      if (other) throw new SettingsError(`The secrets ${other.name} and ${name} both hold ${setting}.`);
      settings.set(setting, { value, name });
    }
  }
  return Object.fromEntries([...settings].map(([setting, { value }]) => [setting, value]));
}

function entriesOf({ name, value, setting }: ReadSecret): [setting: string, value: string][] {
  if (Buffer.byteLength(value) > LARGEST_BYTES) throw tooLarge(name);
  // Whoever writes a secret with `echo` has not meant the line break.
  const text = value.replace(/\r?\n$/, '');
  const held = (setting === undefined ? objectIn(text) : undefined) ?? { [setting ?? settingIn(name)]: text };
  return Object.entries(held)
    .filter(([key]) => Object.hasOwn(settingsSchema.shape, key))
    .map(([key, given]) => {
      const wrong = (why: string) => new SettingsError(`The secret ${name} ${why}.`);
      if (FROM_ENVIRONMENT_ALONE.test(key))
        throw wrong(`may not hold ${key}, which comes from the environment alone`);
      if (given === '') throw wrong(`has nothing for ${key}`);
      if (typeof given !== 'string' && typeof given !== 'number' && typeof given !== 'boolean')
        throw wrong(`has neither a text, a number nor true or false for ${key}`);
      return [key, String(given)];
    });
}

function objectIn(text: string): Record<string, unknown> | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The error would quote the secret.
    return undefined;
  }
}

function settingIn(name: string): string {
  return name
    .split('/')
    .at(-1)!
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

function setsNothing({ name, setting }: ReadSecret): SettingsError {
  return new SettingsError(
    setting === undefined
      ? `The secret ${name} is neither a JSON object that holds settings nor, by its name, a setting: \`SETTING=${name}\` in SECRETS_NAMES says which one it is.`
      : `SECRETS_NAMES: ${setting} is no setting.`,
  );
}

export function tooLarge(name: string): SettingsError {
  return new SettingsError(`The secret ${name} is larger than ${LARGEST_BYTES / 1_024} KiB.`);
}
