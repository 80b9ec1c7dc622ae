import type { KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { appendEvents } from './audit/append-events.ts';
import { SYSTEM_SCOPE } from './audit/audit-scope.ts';
import type { Checkpoint } from './audit/checkpoint.ts';
import { readCheckpointLine } from './audit/checkpoint-line.ts';
import { exportLines } from './audit/export-audit.ts';
import { pruneEvent } from './audit/occurrence.ts';
import { openSigningKey, readPublicKeys, trustedKeys, type SigningKey } from './audit/signing-key.ts';
import { verifyAudit, type Verification } from './audit/verify-audit.ts';
import { verifyExport } from './audit/verify-export.ts';
import { openDeploymentSecret } from './auth/deployment-secret.ts';
import { pruneOld } from './compose-audit.ts';
import { print, unknownCommand } from './cli-output.ts';
import type { Settings } from './config/schema.ts';
import type { Database, RowScope } from './db/database.ts';
import { AppError } from './errors/app-error.ts';
import { openMigrated } from './open-index.ts';
import { loadSettings } from './secrets/open-settings.ts';

export const AUDIT_USAGE = `  sallyport audit verify             check the audit log; exit code 1 where it was tampered with
      --tenant NAME                  only that tenant's chain
      --checkpoints FILE             against checkpoints that were kept elsewhere
      --file EXPORT                  an export instead of the database
      --public-key FILE              of whoever signed it, in PEM form, one or several (those of the settings)
  sallyport audit export             print the audit log as JSON Lines
      --tenant NAME --since TIME --until TIME
  sallyport audit key                print the public key that checkpoints are verified with
  sallyport audit prune              remove what is older than AUDIT_RETENTION_DAYS
`;

type Work = (parts: {
  settings: Settings;
  db: Database;
  key: SigningKey;
  publicKeys: KeyObject[];
}) => Promise<number>;

/** `sallyport audit ...`: beside a running server or without one. @returns the exit code */
export async function manageAudit([command = '', ...args]: string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: { tenant: text, checkpoints: text, file: text, 'public-key': text, since: text, until: text },
  });
  const scope: RowScope =
    values.tenant === undefined
      ? SYSTEM_SCOPE
      : { ...SYSTEM_SCOPE, tenant: values.tenant, everyTenant: false };
  const given =
    values['public-key'] === undefined
      ? undefined
      : readPublicKeys(await readFile(values['public-key'], 'utf8'), '--public-key');
  if (command === 'verify' && values.file !== undefined && given)
    return report(await verifyExport(linesOf(values.file), given));
  if (command === 'verify') {
    const shipped = values.checkpoints === undefined ? [] : await readCheckpoints(values.checkpoints);
    return withDatabase(async ({ db, publicKeys: ofSettings }) => {
      const publicKeys = given ?? ofSettings;
      return report(
        values.file === undefined
          ? await verifyAudit(db, scope, { publicKeys, shipped })
          : await verifyExport(linesOf(values.file), publicKeys),
      );
    });
  }
  if (command === 'export') {
    const range = { since: timeOf('since', values.since), until: timeOf('until', values.until) };
    return withDatabase(async ({ db }) => {
      for await (const line of exportLines(db, scope, range)) await print(`${line}\n`);
      return 0;
    });
  }
  if (command === 'key')
    return withDatabase(({ key }) => {
      process.stdout.write(key.publicKey.export({ type: 'spki', format: 'pem' }));
      return Promise.resolve(0);
    });
  if (command === 'prune') return withDatabase(prune);
  if (command !== '') return unknownCommand('audit', command);
  process.stderr.write(AUDIT_USAGE);
  return 2;
}

const prune: Work = async ({ settings, db, key }) => {
  const days = settings.AUDIT_RETENTION_DAYS;
  if (days === undefined)
    throw new AppError('invalid_request', 'AUDIT_RETENTION_DAYS is not set: nothing is ever removed.');
  const { removed } = await pruneOld(db, key, days);
  if (removed > 0) await appendEvents(db, [pruneEvent(removed)]);
  process.stdout.write(`${removed} audit events were removed.\n`);
  return 0;
};

function report({ ok, records, chains, faults }: Verification): number {
  const all = `${records} records in ${chains} chains`;
  process.stdout.write(
    ok ? `The audit log is whole: ${all}.\n` : `The audit log was tampered with (${all}):\n`,
  );
  for (const { tenant, seq, reason, id } of faults)
    process.stdout.write(
      `  tenant ${JSON.stringify(tenant)}, record ${seq}: ${reason}${id ? ` (${id})` : ''}\n`,
    );
  return ok ? 0 : 1;
}

async function withDatabase(work: Work): Promise<number> {
  const settings = await loadSettings();
  const db = await openMigrated(settings);
  try {
    const secret = (await openDeploymentSecret(db))('audit-checkpoints');
    const key = openSigningKey(settings.AUDIT_SIGNING_KEY.reveal(), secret);
    return await work({ settings, db, key, publicKeys: trustedKeys(key, settings.AUDIT_PUBLIC_KEYS) });
  } finally {
    await db.close();
  }
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Infinity });
}

/** Lines of an export, or of a log that holds them; what is no checkpoint is passed over. */
async function readCheckpoints(file: string): Promise<Checkpoint[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.flatMap((line) => readCheckpointLine(line) ?? []);
}

function timeOf(option: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) throw new AppError('invalid_request', `--${option}: not a time.`);
  return time.toISOString();
}
