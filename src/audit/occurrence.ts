import { randomUUID } from 'node:crypto';
import type { AuditEvent, AuditEventName, AuditOutcome } from './audit-event.ts';

/** That old events were removed. */
export function pruneEvent(count: number): AuditEvent {
  return { ...occurrence('audit', 'audit.prune'), tenant: '', count };
}

/** That secrets were rotated, by the names of their settings, or could not be. */
export function rotationEvent(rotated: readonly string[], ok: boolean): AuditEvent {
  return {
    ...occurrence('admin_action', 'secrets.rotate', ok ? 'success' : 'failure'),
    tenant: '',
    ...(rotated.length > 0 ? { target: rotated.join(' ') } : {}),
  };
}

/** What somebody who has a shell here did, to what, with a command. */
export function commandEvent(
  action: string,
  { tenant, target, documents }: { tenant: string; target?: string; documents?: string[] },
): AuditEvent {
  return {
    ...occurrence('admin_action', action),
    tenant,
    subject: 'command line',
    ...(target === undefined ? {} : { target }),
    ...(documents ? { documents } : {}),
  };
}

/** Something that happened just now, in no request. */
export function occurrence(
  event: AuditEventName,
  action: string,
  outcome: AuditOutcome = 'success',
): Pick<AuditEvent, 'id' | 'time' | 'event' | 'action' | 'outcome'> {
  return { id: randomUUID(), time: new Date().toISOString(), event, action, outcome };
}

/** The action of an event that stands for several requests of nobody who is known. */
export const SUMMED_UP = 'requests.unauthenticated';

/** How many events are lost with this one. */
export function eventsIn({ action, count = 1 }: AuditEvent): number {
  return action === SUMMED_UP || action === LOST ? count : 1;
}

const LOST = 'audit.lost';

/** That events could not be kept. */
export function lostEvent(count: number): AuditEvent {
  return { ...occurrence('audit', LOST, 'failure'), tenant: '', count };
}
