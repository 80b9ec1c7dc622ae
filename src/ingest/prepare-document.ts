import { findBlocks } from '../documents/plain-text.ts';
import { auditDraft, type AuditPolicy, type Finding } from '../guardrails/audit-draft.ts';
import { chunkRows, type ChunkedDocument } from '../index-store/chunk-rows.ts';
import type { DocumentDraft } from './document-draft.ts';

export type PreparableDocument = { tenant: string; draft: DocumentDraft; policy: AuditPolicy };

/** A document ready to be embedded and stored; one that is held back has no chunks. */
export type PreparedDocument = ChunkedDocument & {
  findings: Finding[];
  isQuarantined: boolean;
  /** Its structure as it is stored: JSON, which costs a thread's receiver nothing. */
  blocks: string;
};

/** The corpus audit, unless somebody has released the document; then it is cut, and its terms are counted. */
export function prepareDocument({ tenant, draft, policy }: PreparableDocument): PreparedDocument {
  const { findings, quarantine: isQuarantined } = draft.released
    ? { findings: draft.released, quarantine: false }
    : auditDraft(draft, policy);
  const { title, text, blocks = findBlocks(text) } = draft;
  const { language, rows } = chunkRows({ tenant, title, text, blocks });
  return {
    language,
    rows: isQuarantined ? [] : rows,
    findings,
    isQuarantined,
    blocks: JSON.stringify(blocks),
  };
}
