import { SettingsError } from '../config/load.ts';
import { failureReason } from './failure-reason.ts';
import type { SecretSource } from './secret-source.ts';
import type { SecretsSettings } from './secrets-settings.ts';
import { settingsOfSecrets, type ReadSecret } from './settings-of-secrets.ts';
import { withDeadline } from './with-deadline.ts';

/** A service that gives a secret for its name. */
export type SecretService = {
  /** What it is called in an error. */
  title: string;
  fetch: (name: string, signal: AbortSignal) => Promise<string | null | undefined>;
  /** What its codes of errors mean. */
  reasons: Record<string, string>;
  close?: () => Promise<void>;
};

const WITH_SETTING = /^([A-Z][A-Z0-9_]*)=(.+)$/;

/** The secrets that SECRETS_NAMES names, at a service. */
export function createNamedSecrets(
  { SECRETS_NAMES: given }: SecretsSettings,
  { title, fetch, reasons, close }: SecretService,
): SecretSource {
  if (given.length === 0) throw new SettingsError(`SECRETS_NAMES: say which secrets to read from ${title}.`);
  const wanted = given.map((item) => {
    const [, setting, name = item] = WITH_SETTING.exec(item) ?? [];
    return { name, setting };
  });
  const readOne = async ({ name, setting }: (typeof wanted)[number]): Promise<ReadSecret> => {
    const lacking = (reason: string) =>
      new SettingsError(`The secret ${name} cannot be read from ${title}: ${reason}.`);
    const value = await withDeadline((signal) => fetch(name, signal)).catch((error: unknown) => {
      // Without its cause: a reply that was not understood hangs on some of them.
      throw lacking(failureReason(error, reasons));
    });
    if (value === null || value === undefined) throw lacking('it has no value');
    return { name, value, setting };
  };
  return {
    read: async () => settingsOfSecrets(await Promise.all(wanted.map(readOne))),
    ...(close ? { close } : {}),
  };
}
