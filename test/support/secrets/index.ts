import { startAwsSecrets } from './aws-secrets-server.ts';
import { startAzureSecrets } from './azure-secrets-server.ts';
import { startGcpSecrets } from './gcp-secrets-server.ts';
import type { StartSecretService } from './secret-service.ts';

/** A local service for each vendor, by the value of SECRETS_PROVIDER. */
export const secretServices = {
  aws: startAwsSecrets,
  gcp: startGcpSecrets,
  azure: startAzureSecrets,
} satisfies Record<string, StartSecretService>;
