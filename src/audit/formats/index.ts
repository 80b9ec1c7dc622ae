import { printable } from '../../observability/log-line.ts';
import type { AuditRecord } from './audit-record.ts';
import { ecs } from './ecs.ts';
import { jsonl } from './jsonl.ts';
import { ocsf } from './ocsf.ts';

export type { AuditRecord } from './audit-record.ts';

/** What a line can be, by the names that settings and the export know. */
export const AUDIT_FORMATS = ['jsonl', 'ecs', 'ocsf'] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

/** To add a format: one file, and one line here. */
export const auditFormats = { jsonl, ecs, ocsf } satisfies Record<
  AuditFormat,
  (record: AuditRecord) => object
>;

/**
 * One line of JSON without its end. Nothing that a record holds can begin another one: JSON has strings alone in which such a
 * character can stand, and there it is written out.
 */
export function auditLine(format: AuditFormat, record: AuditRecord): string {
  return printable(JSON.stringify(auditFormats[format](record)));
}
