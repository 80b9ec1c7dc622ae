import type { RequestHandler } from 'express';
import { setTimeout as delay } from 'node:timers/promises';
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
/** Work that nobody waits for any more is broken off; what goes on for longer is recorded as it stands. */
const WORK_ENDS_IN_MS = 5_000;

/**
 * Opens the record of a request, and refuses one that could not be recorded. Whoever answers awaits `record` first, so that
 * nothing is given out that is not on record; what ends in another way (a static file) is recorded then, and what a client
 * walked away from as soon as it is known what it came to.
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
    let first: { status: number; recorded: Promise<void> } | undefined;
    const record = (status: number, aborted = false): Promise<void> => {
      if (first?.status === status) return first.recorded;
      // What it cost is told once.
      const { usage: _, ...facts } = context.facts;
      const event = requestEvent(first ? { ...context, facts } : context, {
        method: req.method,
        status,
        aborted,
        address,
        latencyMs: performance.now() - started,
      });
      const recorded = audit.record(event);
      // It is told otherwise than is on record, or will be: that came too late, and nobody waits a second time.
      if (first) recorded.catch(() => undefined);
      else first = { status, recorded };
      return first.recorded;
    };
    const isAwaited = !UNAWAITED.has(req.path);
    if (isAwaited) context.record = record;
    res.once('close', () => {
      const aborted = !res.writableFinished;
      const recordRest = async () => {
        if (aborted) await ended(context.work);
        if (!first) await record(res.statusCode, aborted);
      };
      // Nobody waits any more, and the audit log itself has said what went wrong.
      recordRest().catch(() => undefined);
    });
    if (isAwaited) audit.assertOpen();
    next();
  };
}

async function ended(work: Promise<void> | undefined): Promise<void> {
  const late = delay(WORK_ENDS_IN_MS, undefined, { ref: false });
  await Promise.race([work, late]).catch(() => undefined);
}
