import type { AuditLog } from './audit/audit-log.ts';
import { rotationEvent } from './audit/occurrence.ts';
import type { KeyStore } from './auth/key-store.ts';
import { readTokenTrust } from './auth/token-trust.ts';
import { SettingsError } from './config/load.ts';
import type { Settings } from './config/schema.ts';
import type { Database } from './db/database.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';
import { createRotation, type Reload, type Rotating, type Rotation } from './secrets/rotation.ts';

type Told = { audit: AuditLog; logger: Logger; metrics: Metrics; keys: KeyStore };
type Parts = Told & {
  settings: Settings;
  db: Database;
  /** Reads the settings anew. */
  read: () => Promise<Settings>;
  rotating: readonly Rotating[];
};

/** How the secrets of a running server are exchanged, and who is told. */
export function composeRotation({ settings, db, read, rotating, ...told }: Parts): Rotation {
  const { SECRETS_REFRESH_SECONDS: everySeconds } = settings;
  return createRotation({
    settings,
    read,
    overlapMs: settings.SECRETS_OVERLAP_SECONDS * 1_000,
    everyMs: everySeconds === undefined ? undefined : everySeconds * 1_000,
    rotating: [
      { setting: 'DATABASE_URL', prepare: ({ DATABASE_URL }) => db.prepare(DATABASE_URL.reveal()) },
      { setting: 'JWT_SECRET', prepare: async (next) => checkTokenSecrets(settings, next) },
      { setting: 'JWT_SECRET_PREVIOUS', prepare: async (next) => checkTokenSecrets(settings, next) },
      ...rotating,
    ],
    onReload: (reload) => tell(reload, told),
  });
}

/** Whether a secret verifies tokens at all is read at start. */
function checkTokenSecrets(now: Settings, next: Settings): { commit(): void; abandon(): void } {
  readTokenTrust(next);
  if ((now.JWT_SECRET.reveal() === undefined) !== (next.JWT_SECRET.reveal() === undefined))
    throw new SettingsError('JWT_SECRET: whether there is one is changed by a restart alone.');
  return { commit: () => undefined, abandon: () => undefined };
}

function tell({ cause, rotated, error }: Reload, { audit, logger, metrics, keys }: Told): void {
  const ok = error === undefined;
  metrics.secretsReload(ok);
  if (ok) logger.info('secrets were reloaded', { cause, rotated });
  else
    logger.error('secrets were not reloaded: those from before are in use', {
      cause,
      error,
      ...(error instanceof SettingsError ? { reason: error.message } : {}),
    });
  // Not waited for: what failed here has failed already, and the audit log itself says when it does.
  if (rotated.length > 0 || !ok) audit.record(rotationEvent(rotated, ok)).catch(() => undefined);
  if (rotated.some((name) => name.startsWith('API_KEY_PEPPER')))
    keys.countOrphans().then(
      (orphans) => {
        if (orphans > 0) logger.warn('keys cannot be used: their pepper is not known any more', { orphans });
      },
      () => undefined,
    );
}
