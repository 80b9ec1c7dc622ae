import { auditDraft, type AuditPolicy, type Finding } from '../guardrails/audit-draft.ts';
import { chunkRows, type ChunkedDocument } from '../index-store/chunk-rows.ts';
import type { DocumentDraft } from './document-draft.ts';

export type PreparableDocument = { tenant: string; draft: DocumentDraft; policy: AuditPolicy };

/** A document ready to be embedded and stored; one that is held back has no chunks. */
export type PreparedDocument = ChunkedDocument & { findings: Finding[]; isQuarantined: boolean };

/** The corpus audit, unless somebody has released the document; then it is cut, and its terms are counted. */
export function prepareDocument({ tenant, draft, policy }: PreparableDocument): PreparedDocument {
  const { findings, quarantine: isQuarantined } = draft.released
    ? { findings: draft.released, quarantine: false }
    : auditDraft(draft, policy);
  const { title, text, blocks } = draft;
  const { language, rows } = chunkRows({ tenant, title, text, blocks });
  return { language, rows: isQuarantined ? [] : rows, findings, isQuarantined };
}
