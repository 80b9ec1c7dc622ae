import { createAwsSource } from './aws-secret-source.ts';
import { createAzureSource } from './azure-secret-source.ts';
import { createEnvSource } from './env-secret-source.ts';
import { createFileSource } from './file-secret-source.ts';
import { createGcpSource } from './gcp-secret-source.ts';
import type { SecretSourceFactory } from './secret-source.ts';
import type { SecretsSettings } from './secrets-settings.ts';

/** Where secrets are kept, by the value of `SECRETS_PROVIDER`. A vendor's SDK is loaded when its source is made. */
export const secretSources = {
  env: createEnvSource,
  file: createFileSource,
  aws: createAwsSource,
  gcp: createGcpSource,
  azure: createAzureSource,
} satisfies Record<SecretsSettings['SECRETS_PROVIDER'], SecretSourceFactory>;
