import type { RequestHandler } from 'express';
import type { AuditLog } from '../src/audit/audit-log.ts';
import { keptAddress } from '../src/audit/client-address.ts';
import { requestEvent } from '../src/audit/request-event.ts';
import type { Settings } from '../src/config/schema.ts';
import { contextOf } from '../src/observability/request-context.ts';

export type AuditOptions = { audit: AuditLog; addressPolicy: Settings['AUDIT_ADDRESS'] };

/** Probes ask every few seconds and are told nothing of anybody; they must be answered whatever is down. */
const UNRECORDED = new Set(['/health', '/ready']);
/** Here it is told that the audit log fails: just then it must be answered, so it does not wait for its own record. */
const UNAWAITED = new Set(['/metrics']);

/**
 * Opens the record of a request, and refuses one that could not be recorded. Whoever answers awaits `record` first, so that
 * nothing is given out that is not on record; what ends in another way (a static file, a client that went away) is recorded then.
 */
export function auditRequest({ audit, addressPolicy }: AuditOptions): RequestHandler {
  return (req, res, next) => {
    if (UNRECORDED.has(req.path)) {
      next();
      return;
    }
    const started = performance.now();
    const context = contextOf(res.locals);
    const address = keptAddress(addressPolicy, req.ip);
    let recorded: Promise<void> | undefined;
    const record = (status: number, aborted = false) =>
      (recorded ??= audit.record(
        requestEvent(context, {
          method: req.method,
          status,
          aborted,
          address,
          latencyMs: performance.now() - started,
        }),
      ));
    const isAwaited = !UNAWAITED.has(req.path);
    if (isAwaited) context.record = record;
    res.once('close', () => {
      // Nobody waits any more, and the audit log itself has said what went wrong.
      record(res.statusCode, !res.writableFinished).catch(() => undefined);
    });
    if (isAwaited) audit.assertOpen();
    next();
  };
}
