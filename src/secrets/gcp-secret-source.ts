import { SettingsError } from '../config/load.ts';
import { loadSdk } from './load-sdk.ts';
import { createNamedSecrets } from './named-secrets.ts';
import type { SecretSource } from './secret-source.ts';
import type { SecretsSettings } from './secrets-settings.ts';
import { DEADLINE_MS } from './with-deadline.ts';

/**
 * GCP Secret Manager: the latest version of each secret, unless SECRETS_NAMES says `projects/…/secrets/…/versions/…`.
 * Credentials come from where every Google Cloud SDK looks for them, and so does the project where none is set.
 */
export async function createGcpSource(settings: SecretsSettings): Promise<SecretSource> {
  const { SecretManagerServiceClient } = await loadSdk(
    'gcp',
    '@google-cloud/secret-manager',
    () => import('@google-cloud/secret-manager'),
  );
  const { SECRETS_ENDPOINT, SECRETS_GCP_PROJECT } = settings;
  const endpoint = SECRETS_ENDPOINT === undefined ? undefined : new URL(SECRETS_ENDPOINT);
  if (endpoint?.protocol === 'http:')
    throw new SettingsError('SECRETS_ENDPOINT: `gcp` is spoken to over https alone.');
  const client = new SecretManagerServiceClient(
    endpoint && { apiEndpoint: endpoint.hostname, port: Number(endpoint.port || 443) },
  );
  const versionOf = async (name: string) => {
    const secret = name.startsWith('projects/')
      ? name
      : `projects/${SECRETS_GCP_PROJECT ?? (await client.getProjectId())}/secrets/${name}`;
    return secret.includes('/versions/') ? secret : `${secret}/versions/latest`;
  };
  return createNamedSecrets(settings, {
    title: 'GCP Secret Manager',
    reasons: {
      3: 'the name is no good',
      4: 'there was no answer in time',
      5: 'there is none of that name',
      7: 'access is denied',
      9: 'its version is disabled',
      14: 'it is out of reach',
      16: 'the credentials are not accepted',
      Error: 'no credentials were found',
    },
    fetch: async (name) => {
      // A call that nobody waits for any more would keep the process alive for a minute.
      const [{ payload }] = await client.accessSecretVersion(
        { name: await versionOf(name) },
        { timeout: DEADLINE_MS },
      );
      return payload?.data && Buffer.from(payload.data).toString('utf8');
    },
    close: () => client.close(),
  });
}
