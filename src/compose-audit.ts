import { appendEvents } from './audit/append-events.ts';
import type { AuditEvent } from './audit/audit-event.ts';
import type { AuditLog } from './audit/audit-log.ts';
import { createAuditTrail, type AuditTrail } from './audit/audit-trail.ts';
import { createAuditSink } from './audit/audit-sink.ts';
import { createBufferedAuditLog } from './audit/buffered-audit-log.ts';
import type { ChainList } from './audit/chain-list.ts';
import { readStatement } from './audit/checkpoint.ts';
import { pruneEvent } from './audit/occurrence.ts';
import { pruneAudit } from './audit/prune-audit.ts';
import { createQueryHash, type QueryHash } from './audit/query-hash.ts';
import { signEnds } from './audit/sign-ends.ts';
import { summariseStrangers } from './audit/stranger-summary.ts';
import { openSigningKey, trustedKeys, type SigningKey } from './audit/signing-key.ts';
import type { DeploymentSecret } from './auth/deployment-secret.ts';
import type { Settings } from './config/schema.ts';
import type { Database } from './db/database.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';
import type { Rotating } from './secrets/rotation.ts';

/** What keeps the record of what happens. */
export type Audit = { audit: AuditLog; auditTrail: AuditTrail; queryHash: QueryHash };

type AuditParts = {
  settings: Settings;
  db: Database;
  deploymentSecret: DeploymentSecret;
  logger: Logger;
  metrics: Metrics;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** @throws SettingsError for a signing key that is none, or a file that cannot be written */
export function composeAudit({ settings, db, deploymentSecret, logger, metrics }: AuditParts): Audit & {
  rotating: Rotating[];
  close: () => Promise<void>;
} {
  const openKey = ({ AUDIT_SIGNING_KEY }: Settings) =>
    openSigningKey(AUDIT_SIGNING_KEY.reveal(), deploymentSecret('audit-checkpoints'));
  let signingKey = openKey(settings);
  let trusted = trustedKeys(signingKey, settings.AUDIT_PUBLIC_KEYS);
  const sink = createAuditSink(settings, {
    onError: (error, lost) =>
      logger.error('audit events cannot be written beside the database', { error, lost }),
  });
  const written = createBufferedAuditLog({
    append: (events, again) => appendEvents(db, events, again),
    onFailure: settings.AUDIT_ON_FAILURE,
    most: settings.AUDIT_BUFFER_EVENTS,
    timeoutMs: settings.AUDIT_TIMEOUT_MS,
    onWritten: ({ seq, hash, event }) =>
      sink?.write({ seq, hash: hash.toString('hex'), event: JSON.parse(event) as AuditEvent }),
    logger,
    metrics,
  });
  const audit = summariseStrangers(written);
  const say = (what: string) => (error: unknown) => logger.warn(what, { error });
  let remembered: ChainList | undefined;
  const sign = async () => {
    const signed = await signEnds(db, signingKey, { publicKeys: trusted, remembered });
    remembered = signed.list;
    // Whoever keeps these lines elsewhere can tell later what was changed before them.
    for (const { statement, signature } of signed.checkpoints)
      logger.info('audit chain signed', {
        checkpoint: readStatement(statement),
        signature: signature.toString('base64'),
      });
    if (signed.broken.length > 0)
      logger.error('audit chains do not go on from where they were signed: verify the audit log', {
        chains: signed.broken.length,
      });
    if (signed.isListChanged)
      logger.error(
        'the list of audit chains is not the one that was signed last, or by a key that AUDIT_PUBLIC_KEYS lacks: verify the audit log',
      );
  };
  const prune = async () => {
    if (settings.AUDIT_RETENTION_DAYS === 0) return;
    const { removed } = await pruneOld(db, signingKey, settings.AUDIT_RETENTION_DAYS);
    if (removed > 0) await audit.record(pruneEvent(removed));
  };
  const notSigned = say('audit chains were not signed');
  const signing = every(settings.AUDIT_CHECKPOINT_SECONDS * 1_000, sign, notSigned);
  const pruning = every(HOUR_MS, prune, say('old audit events were not removed'));
  return {
    audit,
    auditTrail: createAuditTrail(db, {
      keys: () => ({ signingKey, publicKeys: trusted }),
      sign: () => sign().catch(notSigned),
    }),
    rotating: [
      {
        setting: 'AUDIT_SIGNING_KEY',
        prepare: async (next) => {
          const key = openKey(next);
          return {
            commit: () => {
              signingKey = key;
              trusted = [key.publicKey, ...trusted];
            },
            abandon: () => undefined,
          };
        },
      },
    ],
    queryHash: createQueryHash(deploymentSecret('query-hash')),
    close: async () => {
      await Promise.all([signing.stop(), pruning.stop()]);
      await audit.close();
      await sign().catch(notSigned);
      await sink?.close();
    },
  };
}

/** Removes what is older than so many days; see `pruneAudit`. */
export function pruneOld(db: Database, key: SigningKey, days: number): ReturnType<typeof pruneAudit> {
  return pruneAudit(db, key, new Date(Date.now() - days * DAY_MS));
}

/** Runs `work` again and again, never twice at once; `stop` waits for what is under way. */
function every(
  pauseMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= work()
      .catch(onError)
      .finally(() => (running = undefined));
  }, pauseMs).unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
