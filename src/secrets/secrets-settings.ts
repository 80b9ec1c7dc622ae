import type { z } from 'zod';
import { settingsSchema } from '../config/schema.ts';

/** The settings that say where secrets are: they are read first, and so from the environment alone. */
export const secretsSchema = settingsSchema.pick({
  SECRETS_PROVIDER: true,
  SECRETS_NAMES: true,
  SECRETS_DIR: true,
  SECRETS_ENDPOINT: true,
  SECRETS_GCP_PROJECT: true,
  SECRETS_AZURE_VAULT_URL: true,
});

export type SecretsSettings = Readonly<z.infer<typeof secretsSchema>>;
