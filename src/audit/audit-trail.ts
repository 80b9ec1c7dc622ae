import type { KeyObject } from 'node:crypto';
import type { Database, RowScope } from '../db/database.ts';
import type { AuditEvent } from './audit-event.ts';
import { exportChains, exportLines, type ExportRange } from './export-audit.ts';
import { auditLine, type AuditFormat } from './formats/index.ts';
import { readAudit, type AuditPage, type AuditQuery } from './read-audit.ts';
import { verifyAudit, type Verification } from './verify-audit.ts';

/** The audit log, as those who may read it see it: of the tenants in `scope`. */
export type AuditTrail = {
  read(scope: RowScope, query: AuditQuery): Promise<AuditPage>;
  /** Lines of JSON: `jsonl` can be verified offline, the others are for a SIEM. */
  export(scope: RowScope, format: AuditFormat, range: ExportRange): AsyncIterable<string>;
  verify(scope: RowScope): Promise<Verification>;
};

export function createAuditTrail(db: Database, publicKeys: () => readonly KeyObject[]): AuditTrail {
  return {
    read: (scope, query) => readAudit(db, scope, query),
    export: (scope, format, range) =>
      format === 'jsonl' ? exportLines(db, scope, range) : formattedLines(db, scope, format, range),
    verify: (scope) => verifyAudit(db, scope, { publicKeys: publicKeys() }),
  };
}

async function* formattedLines(
  db: Database,
  scope: RowScope,
  format: AuditFormat,
  range: ExportRange,
): AsyncGenerator<string, void> {
  for await (const some of exportChains(db, scope, range)) {
    for (const one of some) {
      if (!('event' in one)) continue;
      const event = JSON.parse(one.event) as AuditEvent;
      yield auditLine(format, { event, seq: one.seq, hash: one.hash.toString('hex') });
    }
  }
}
