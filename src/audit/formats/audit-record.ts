import type { AuditEvent } from '../audit-event.ts';

/** An event to be shown; its place in its tenant's chain and its hash (hexadecimal) where it has them already. */
export type AuditRecord = { event: AuditEvent; seq?: number; hash?: string };
