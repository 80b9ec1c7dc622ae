import { loadSdk } from './load-sdk.ts';
import { createNamedSecrets } from './named-secrets.ts';
import type { SecretSource } from './secret-source.ts';
import type { SecretsSettings } from './secrets-settings.ts';

/**
 * AWS Secrets Manager: the current version of each secret, which SECRETS_NAMES gives as a name or an ARN. Credentials and
 * region come from where every AWS SDK looks for them.
 */
export async function createAwsSource(settings: SecretsSettings): Promise<SecretSource> {
  const { SecretsManagerClient, GetSecretValueCommand } = await loadSdk(
    'aws',
    '@aws-sdk/client-secrets-manager',
    () => import('@aws-sdk/client-secrets-manager'),
  );
  const { SECRETS_ENDPOINT: endpoint } = settings;
  const client = new SecretsManagerClient(endpoint === undefined ? {} : { endpoint });
  return createNamedSecrets(settings, {
    title: 'AWS Secrets Manager',
    reasons: {
      ResourceNotFoundException: 'there is none of that name',
      AccessDeniedException: 'access is denied',
      CredentialsProviderError: 'no credentials were found',
      UnrecognizedClientException: 'the credentials are not accepted',
      Error: 'is there a region (AWS_REGION)?',
    },
    fetch: async (name, abortSignal) => {
      const { SecretString: text, SecretBinary: bytes } = await client.send(
        new GetSecretValueCommand({ SecretId: name }),
        { abortSignal },
      );
      return text ?? (bytes && Buffer.from(bytes).toString('utf8'));
    },
    close: async () => client.destroy(),
  });
}
