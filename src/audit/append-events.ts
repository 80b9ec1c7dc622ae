import type { Database } from '../db/database.ts';
import { SYSTEM_SCOPE } from './audit-scope.ts';
import type { AuditEvent } from './audit-event.ts';
import { eventText } from './event-text.ts';
import type { StoredEvent } from './stored-event.ts';

/**
 * Continues the chains of the events' tenants. Chains are locked for as long as this transaction: writers meet only where
 * they write for the same tenant. After a failure whose outcome is not known, say `again`.
 */
export async function appendEvents(
  db: Database,
  events: readonly AuditEvent[],
  again = false,
): Promise<Pick<StoredEvent, 'seq' | 'hash' | 'event'>[]> {
  const rows = await db.withScope(SYSTEM_SCOPE, (tx) =>
    tx.query<{ seq: string; hash: Buffer; event: string }>(
      'select place as seq, chain_hash as hash, event_text as event from append_audit_events($1, $2, $3)',
      [events.map(({ tenant }) => tenant), events.map(eventText), again],
      'append-audit-events',
    ),
  );
  return rows.map(({ seq, ...row }) => ({ ...row, seq: Number(seq) }));
}
