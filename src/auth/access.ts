import type { Settings } from '../config/schema.ts';
import type { Database } from '../db/database.ts';
import type { TenantLimitStore } from '../limits/tenant-limits.ts';
import type { Logger } from '../observability/logger.ts';
import { createAuthenticator, type Authenticator } from './authenticator.ts';
import { createBootstrapKeys, type BootstrapKey } from './bootstrap-keys.ts';
import type { DeploymentSecret } from './deployment-secret.ts';
import { createIssueToken, type IssueToken } from './issue-token.ts';
import { createKeyMacs } from './key-macs.ts';
import { createKeyStore, type KeyStore } from './key-store.ts';
import { firstToKnow } from './known-keys.ts';
import { createStoredKeys } from './stored-keys.ts';
import { createTokens } from './tokens.ts';

/** Who may call: the keys, the tokens, and who asks with them. */
export type Access = { keys: KeyStore; authenticator: Authenticator; issueToken: IssueToken };

export type AccessOptions = {
  db: Database;
  settings: Settings;
  deploymentSecret: DeploymentSecret;
  /** Keys beside those of the settings and the database. */
  furtherKeys: readonly BootstrapKey[];
  tenantLimits: TenantLimitStore;
  logger: Logger;
};

/** @throws SettingsError when the settings for tokens do not go together */
export function createAccess({
  db,
  settings,
  deploymentSecret,
  furtherKeys,
  tenantLimits,
  logger,
}: AccessOptions): Access {
  const macs = createKeyMacs(settings, deploymentSecret('api-keys'));
  const storedKeys = createStoredKeys(db, macs, logger);
  const knownKeys = firstToKnow([createBootstrapKeys(settings, furtherKeys), storedKeys]);
  const tokens = createTokens(settings, deploymentSecret('tokens'));
  return {
    keys: createKeyStore(db, macs, tenantLimits, (id) => storedKeys.forget(id)),
    authenticator: createAuthenticator(knownKeys, tokens, logger),
    issueToken: createIssueToken(knownKeys, tokens),
  };
}
