import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { keyDraft } from '../routes/admin/keys.ts';
import { newKeySchema, overlapSchema } from '../routes/admin/key-fields.ts';
import { appendEvents } from './audit/append-events.ts';
import type { AuditEvent } from './audit/audit-event.ts';
import { commandEvent } from './audit/occurrence.ts';
import { openDeploymentSecret } from './auth/deployment-secret.ts';
import { createKeyMacs } from './auth/key-macs.ts';
import { createKeyStore, type IssuedKey, type KeyStore, type StoredKey } from './auth/key-store.ts';
import { DEFAULT_TENANT } from './auth/principal.ts';
import { unknownCommand } from './cli-output.ts';
import { tableOf } from './cli-table.ts';
import { managing, type RowScope } from './db/database.ts';
import { AppError } from './errors/app-error.ts';
import { createTenantLimits } from './limits/tenant-limits.ts';
import { openMigrated } from './open-index.ts';
import { loadSettings } from './secrets/open-settings.ts';

export const KEYS_USAGE = `  sallyport keys create --name NAME  make a key, and print it this once
      --scope SCOPE                  query, ingest, release, audit, metrics or admin; may be repeated (query)
      --tenant NAME                  whose documents it opens (${DEFAULT_TENANT})
      --group NAME                   whose documents within the tenant; may be repeated
      --expires-at TIME              when it ends, as 2030-01-31T00:00:00Z (never)
      --requests-per-minute N        its own limit (RATE_LIMIT_PER_MINUTE)
      --budget-usd-per-day X         its own budget (BUDGET_USD_PER_USER_PER_DAY)
  sallyport keys list                show the keys of every tenant
      --tenant NAME                  only those of one
  sallyport keys rotate ID           give a key a new secret, and print it this once
      --overlap-seconds N            how long the one before still opens (0)
  sallyport keys revoke ID           end a key; every server refuses it within a second
`;

/** Says what it changed, for the audit log. */
type Work = (keys: KeyStore) => Promise<AuditEvent | undefined>;

const EVERY_TENANT: RowScope = { ...managing(DEFAULT_TENANT), everyTenant: true };
const PAGE = 200;

/** What each command's further words ask for, checked before a database is opened; undefined when they are no command. */
const COMMANDS: Record<string, (args: string[]) => Work | undefined> = { create, list, rotate, revoke };

/**
 * `sallyport keys ...`: looks after the keys of every tenant, beside a running server or without one. A key goes to
 * standard output alone, so that it can be captured; the words about it go to standard error.
 *
 * @returns the exit code: 2 when it is no command
 */
export async function manageKeys([command = '', ...args]: string[]): Promise<number> {
  if (command !== '' && !Object.hasOwn(COMMANDS, command)) return unknownCommand('keys', command);
  const work = command === '' ? undefined : COMMANDS[command]!(args);
  if (!work) {
    process.stderr.write(KEYS_USAGE);
    return 2;
  }
  const settings = await loadSettings();
  const db = await openMigrated(settings);
  try {
    const ownSecret = (await openDeploymentSecret(db))('api-keys');
    const done = await work(
      createKeyStore(
        db,
        createKeyMacs(settings, ownSecret),
        createTenantLimits(db, settings),
        () => undefined,
      ),
    );
    if (done) await appendEvents(db, [done]);
    return 0;
  } finally {
    await db.close();
  }
}

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;

function create(args: string[]): Work | undefined {
  const { values } = parseArgs({
    args,
    options: {
      name: text,
      scope: texts,
      tenant: text,
      group: texts,
      'expires-at': text,
      'requests-per-minute': text,
      'budget-usd-per-day': text,
    },
  });
  if (values.name === undefined) return undefined;
  const body = check(newKeySchema, {
    name: values.name,
    scopes: values.scope ?? ['query'],
    groups: values.group,
    tenant: values.tenant,
    expires_at: values['expires-at'],
    requests_per_minute: numberOf(values['requests-per-minute']),
    budget_usd_per_day: numberOf(values['budget-usd-per-day']),
  });
  return async (keys) =>
    show('keys.create', await keys.create(keyDraft(body, body.tenant ?? DEFAULT_TENANT), 'command line'));
}

function list(args: string[]): Work {
  const { tenant } = parseArgs({ args, options: { tenant: text } }).values;
  const scope = tenant === undefined ? EVERY_TENANT : managing(tenant);
  return async (keys) => {
    const all: StoredKey[] = [];
    let cursor: string | undefined;
    do {
      const page = await keys.list(scope, { limit: PAGE, cursor });
      all.push(...page.keys);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    process.stdout.write(tableOf([HEADS, ...all.map(cells)]));
    return undefined;
  };
}

function rotate(args: string[]): Work | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'overlap-seconds': text },
  });
  const [id] = positionals;
  if (id === undefined || positionals.length > 1) return undefined;
  const body = check(overlapSchema, { overlap_seconds: numberOf(values['overlap-seconds']) });
  return async (keys) => show('keys.rotate', await keys.rotate(EVERY_TENANT, id, body.overlap_seconds));
}

function revoke(args: string[]): Work | undefined {
  const [id, ...others] = parseArgs({ args, allowPositionals: true, options: {} }).positionals;
  if (id === undefined || others.length > 0) return undefined;
  return async (keys) => {
    const { tenant } = await keys.revoke(EVERY_TENANT, id);
    process.stderr.write(`The key ${id} is revoked: every server refuses it within a second.\n`);
    return commandEvent('keys.revoke', { tenant, target: id });
  };
}

function show(action: string, { key, id, scopes, tenant }: IssuedKey): AuditEvent {
  process.stderr.write(`The key ${id} (${scopes.join(', ')}), shown this once:\n`);
  process.stdout.write(`${key}\n`);
  return commandEvent(action, { tenant, target: id });
}

const HEADS = ['ID', 'STATUS', 'TENANT', 'SCOPES', 'CREATED', 'EXPIRES', 'LAST USED', 'NAME'];

function cells({ id, status, tenant, scopes, createdAt, expiresAt, lastUsedAt, name }: StoredKey): string[] {
  return [id, status, tenant, scopes.join(','), ...[createdAt, expiresAt, lastUsedAt].map(day), name];
}

function day(time: Date | null): string {
  return time === null ? '-' : time.toISOString().slice(0, 10);
}

/** Text that is no number becomes NaN, which the schemas refuse. */
function numberOf(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.trim() === '' ? NaN : value);
}

/** @throws AppError `invalid_request` that names the option */
function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const option = OPTIONS[String(path[0])] ?? String(path[0]).replaceAll('_', '-');
  throw new AppError('invalid_request', `--${option}: ${message}.`);
}

/** Fields whose option is called otherwise. */
const OPTIONS: Partial<Record<string, string>> = { scopes: 'scope', groups: 'group' };
