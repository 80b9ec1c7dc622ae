import { hkdfSync, randomBytes } from 'node:crypto';
import type { Database } from '../db/database.ts';

/** What a derived secret is for: one never stands for another. */
export type SecretPurpose = 'api-keys' | 'tokens' | 'query-hash' | 'audit-checkpoints';

/** 32 bytes for a purpose, the same in every process on one database. */
export type DeploymentSecret = (purpose: SecretPurpose) => Buffer;

const BYTES = 32;

/** Reads the secret that all processes on this database share; the first of them makes it. */
export async function openDeploymentSecret(db: Database): Promise<DeploymentSecret> {
  const secret = await db.asOwner(async (tx) => {
    await tx.query('insert into deployment_secret (secret) values ($1) on conflict do nothing', [
      randomBytes(BYTES),
    ]);
    const [row] = await tx.query<{ secret: Buffer }>('select secret from deployment_secret');
    return row!.secret;
  });
  return (purpose) => Buffer.from(hkdfSync('sha256', secret, '', `sallyport/${purpose}`, BYTES));
}
