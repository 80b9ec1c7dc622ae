import { SettingsError } from '../config/load.ts';
import { loadSdk } from './load-sdk.ts';
import { createNamedSecrets } from './named-secrets.ts';
import type { SecretSource } from './secret-source.ts';
import type { SecretsSettings } from './secrets-settings.ts';

/**
 * Azure Key Vault: the current version of each secret in the vault at SECRETS_AZURE_VAULT_URL. Credentials are those that
 * `DefaultAzureCredential` finds.
 */
export async function createAzureSource(settings: SecretsSettings): Promise<SecretSource> {
  const { SECRETS_AZURE_VAULT_URL: vaultUrl } = settings;
  if (vaultUrl === undefined)
    throw new SettingsError('SECRETS_AZURE_VAULT_URL: say which vault, as https://NAME.vault.azure.net.');
  const [{ SecretClient }, { DefaultAzureCredential }] = await loadSdk(
    'azure',
    '@azure/keyvault-secrets @azure/identity',
    () => Promise.all([import('@azure/keyvault-secrets'), import('@azure/identity')]),
  );
  const client = new SecretClient(vaultUrl, new DefaultAzureCredential());
  return createNamedSecrets(settings, {
    title: 'Azure Key Vault',
    reasons: {
      SecretNotFound: 'there is none of that name',
      Forbidden: 'access is denied',
      Unauthorized: 'the credentials are not accepted',
      AuthenticationError: 'the credentials are not accepted',
      AggregateAuthenticationError: 'no credentials were found that are accepted',
      CredentialUnavailableError: 'no credentials were found',
    },
    fetch: async (name, abortSignal) => (await client.getSecret(name, { abortSignal })).value,
  });
}
