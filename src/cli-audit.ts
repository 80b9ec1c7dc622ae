import type { KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { appendEvents } from './audit/append-events.ts';
import { SYSTEM_SCOPE } from './audit/audit-scope.ts';
import { readExpectations } from './audit/expectations.ts';
import { exportLines } from './audit/export-audit.ts';
import { pruneEvent } from './audit/occurrence.ts';
import { openSigningKey, readPublicKeys, trustedKeys, type SigningKey } from './audit/signing-key.ts';
import { verificationBody, type Verification } from './audit/verification.ts';
import { verifyAudit } from './audit/verify-audit.ts';
import { verifyExport, type ExportVerification } from './audit/verify-export.ts';
import { openDeploymentSecret } from './auth/deployment-secret.ts';
import { pruneOld } from './compose-audit.ts';
import { print, unknownCommand } from './cli-output.ts';
import type { Settings } from './config/schema.ts';
import type { Database, RowScope } from './db/database.ts';
import { AppError } from './errors/app-error.ts';
import { openMigrated } from './open-index.ts';
import { loadSettings } from './secrets/open-settings.ts';

export const AUDIT_USAGE = `  sallyport audit verify             check the audit log; exit code 1 where it was tampered with, or is not signed
      --tenant NAME                  only that tenant's chain
      --file EXPORT                  an export instead of the database
      --expect-from FILE             what this holds must still be there: an earlier export, or a log with checkpoints
      --json                         print what was found as JSON
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
    options: {
      ...{
        tenant: text,
        file: text,
        'public-key': text,
        since: text,
        until: text,
        json: { type: 'boolean' },
      },
      'expect-from': text,
      /** What it was called before. */
      checkpoints: text,
    },
  });
  const scope: RowScope =
    values.tenant === undefined
      ? SYSTEM_SCOPE
      : { ...SYSTEM_SCOPE, tenant: values.tenant, everyTenant: false };
  const given =
    values['public-key'] === undefined
      ? undefined
      : readPublicKeys(await readFile(values['public-key'], 'utf8'), '--public-key');
  if (command === 'verify') {
    const { file, 'expect-from': elsewhere = values.checkpoints } = values;
    const show = values.json ? reportAsJson : report;
    const verify = async (publicKeys: KeyObject[], db?: Database) => {
      const expected =
        elsewhere === undefined ? undefined : await readExpectations(linesOf(elsewhere), publicKeys);
      if (file !== undefined) return show(await verifyExport(linesOf(file), publicKeys, expected));
      return show(await verifyAudit(db!, scope, { publicKeys, ...(expected ? { expected } : {}) }));
    };
    if (file !== undefined && given) return verify(given);
    return withDatabase(({ db, publicKeys }) => verify(given ?? publicKeys, db));
  }
  if (command === 'export') {
    const range = { since: timeOf('since', values.since), until: timeOf('until', values.until) };
    return withDatabase(async ({ db, key: signingKey, publicKeys }) => {
      for await (const line of exportLines(db, scope, range, { signingKey, publicKeys }))
        await print(`${line}\n`);
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
  if (days === 0)
    throw new AppError('invalid_request', 'AUDIT_RETENTION_DAYS is 0: nothing is ever removed.');
  const { removed } = await pruneOld(db, key, days);
  if (removed > 0) await appendEvents(db, [pruneEvent(removed)]);
  process.stdout.write(`${removed} audit events were removed.\n`);
  return 0;
};

function report(found: Verification | ExportVerification): number {
  const { ok, records, chains, faults, unsigned, afterCheckpoint } = found;
  const all = `${counted(records, 'record')} in ${counted(chains, 'chain')}${'of' in found ? rangeOf(found.of) : ''}`;
  const newer = afterCheckpoint > 0 ? ` ${afterCheckpoint} came after the last checkpoint.` : '';
  if (ok) process.stdout.write(`The audit log is whole and signed: ${all}.${newer}\n`);
  else if (faults.length > 0) process.stdout.write(`The audit log was tampered with (${all}):\n`);
  for (const { tenant, seq, reason, id } of faults)
    process.stdout.write(
      `  tenant ${JSON.stringify(tenant)}, record ${seq}: ${reason}${id ? ` (${id})` : ''}\n`,
    );
  for (const why of unsigned) process.stdout.write(`The audit log is not signed (${all}): ${why}.${newer}\n`);
  return ok ? 0 : 1;
}

function reportAsJson(found: Verification): number {
  process.stdout.write(`${JSON.stringify(verificationBody(found))}\n`);
  return found.ok ? 0 : 1;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** What an export is of, where it is not all that there is. */
function rangeOf(of: ExportVerification['of']): string {
  const parts = [
    ['of tenant', of?.tenant && JSON.stringify(of.tenant)],
    ['from', of?.since],
    ['until', of?.until],
  ];
  return parts.map(([what, value]) => (value == null ? '' : ` ${what} ${value}`)).join('');
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

function timeOf(option: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) throw new AppError('invalid_request', `--${option}: not a time.`);
  return time.toISOString();
}
