import type { AuditRecord } from './audit-record.ts';

/** The record as it is stored. */
export function jsonl({ seq, hash, event }: AuditRecord): object {
  return { seq, hash, event };
}
