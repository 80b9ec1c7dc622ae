import type { Database, RowScope } from '../db/database.ts';
import type { AuditEvent } from './audit-event.ts';
import { chainsWithin, exportLines, readRecords, type ExportKeys, type ExportRange } from './export-audit.ts';
import { auditLine, type AuditFormat } from './formats/index.ts';
import { readAudit, type AuditPage, type AuditQuery } from './read-audit.ts';
import type { Verification } from './verification.ts';
import { verifyAudit } from './verify-audit.ts';

/** The audit log, as those who may read it see it: of the tenants in `scope`. */
export type AuditTrail = {
  read(scope: RowScope, query: AuditQuery): Promise<AuditPage>;
  /** Lines of JSON: `jsonl` can be verified offline, the others are for a SIEM. */
  export(scope: RowScope, format: AuditFormat, range: ExportRange): AsyncIterable<string>;
  verify(scope: RowScope): Promise<Verification>;
};

export type AuditTrailOptions = {
  keys: () => ExportKeys;
  /** Signs what came since it was signed last. */
  sign: () => Promise<void>;
};

export function createAuditTrail(db: Database, { keys, sign }: AuditTrailOptions): AuditTrail {
  return {
    read: (scope, query) => readAudit(db, scope, query),
    export: (scope, format, range) =>
      format === 'jsonl'
        ? exportLines(db, scope, range, keys())
        : formattedLines(db, scope, format, range, keys()),
    verify: async (scope) => {
      await sign();
      return verifyAudit(db, scope, keys());
    },
  };
}

async function* formattedLines(
  db: Database,
  scope: RowScope,
  format: AuditFormat,
  range: ExportRange,
  { publicKeys }: ExportKeys,
): AsyncGenerator<string, void> {
  const chains = await chainsWithin(db, scope, range, publicKeys);
  for await (const some of readRecords(db, scope, chains)) {
    for (const one of some) {
      const event = JSON.parse(one.event) as AuditEvent;
      yield auditLine(format, { event, seq: one.seq, hash: one.hash.toString('hex') });
    }
  }
}
