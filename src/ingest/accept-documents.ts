import { managing, type Database, type Transaction } from '../db/database.ts';
import type { Finding } from '../guardrails/audit-draft.ts';
import { contentHash, type DocumentDraft } from './document-draft.ts';

/** What became of one document of a job, once it is searchable. */
export type IngestedDocument = {
  id: string;
  title: string;
  status: string;
  chunks: number;
  version: number;
  duplicate_of?: string;
  findings: Finding[];
};

export type AcceptedJob = { jobId: string; documents: { id: string; title: string }[] };

/**
 * Takes documents in: all of them are on disk, with a job that will index them, when this returns.
 * A document whose text is already there, for the same readers, is not stored again.
 */
export async function acceptDocuments(
  db: Database,
  tenant: string,
  drafts: DocumentDraft[],
): Promise<AcceptedJob> {
  return db.withScope(managing(tenant), async (tx) => {
    const [job] = await tx.query<{ id: string }>(
      'insert into jobs (tenant, total, largest) values ($1, $2, $3) returning id',
      [tenant, drafts.length, Math.max(...drafts.map(({ text }) => Buffer.byteLength(text)))],
    );
    const documents: AcceptedJob['documents'] = [];
    for (const [ordinal, draft] of inOrderOfSource(drafts)) {
      const duplicate = await findDuplicate(tx, draft);
      const id = duplicate?.id ?? (await reserveDocument(tx, tenant, draft));
      const { text, ...rest } = draft;
      await tx.query(
        'insert into job_documents (job_id, ordinal, tenant, document_id, draft, text, result) values ($1, $2, $3, $4, $5, $6, $7)',
        [
          job!.id,
          ordinal,
          tenant,
          id,
          duplicate ? null : JSON.stringify(rest),
          duplicate ? null : text,
          duplicate ? JSON.stringify(duplicate) : null,
        ],
      );
      documents[ordinal] = { id, title: duplicate?.title ?? draft.title };
    }
    return { jobId: job!.id, documents };
  });
}

/** Each with its place. In one order for everybody: requests that lock the same documents in other orders would deadlock. */
function inOrderOfSource(drafts: DocumentDraft[]): [number, DocumentDraft][] {
  const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));
  return [...drafts.entries()].sort(([, a], [, b]) => compare(a.source ?? '', b.source ?? ''));
}

/**
 * The stored document that makes `draft` superfluous: the same text for the same readers under another name, or the
 * very same document again. A changed title, or metadata, of the same source is a new version instead. What has been accepted
 * counts as if it were there: a text that is about to go makes nothing superfluous, and a source that has a version on its way
 * gets another. `itself` is the document that the draft is for, and its place among what was accepted for it.
 */
export async function findDuplicate(
  tx: Transaction,
  draft: DocumentDraft,
  itself: { id: string | null; version: number } = { id: null, version: 0 },
): Promise<IngestedDocument | undefined> {
  const [same] = await tx.query<IngestedDocument>(
    `select id, title, status, chunk_count as chunks, version, id as duplicate_of, findings from documents
      where tenant = current_tenant() and content_hash = $1 and status = 'indexed' and groups = $2::text[]
        and accepted <= version and id is distinct from $6
        and case when source = $3 then title = $4 and metadata = $5::jsonb
                 else not exists (select from documents other where other.source = $3 and greatest(other.version, other.accepted) > $7) end
      order by source is not distinct from $3 desc, created_at limit 1`,
    [
      contentHash(draft),
      draft.groups,
      draft.source,
      draft.title,
      JSON.stringify(draft.metadata),
      itself.id,
      itself.version,
    ],
  );
  return same;
}

/** The row a document will have: the one of its source where there is one, which goes on answering until the new text is indexed. */
async function reserveDocument(tx: Transaction, tenant: string, draft: DocumentDraft): Promise<string> {
  const [row] = await tx.query<{ id: string }>(
    `insert into documents (tenant, source, title, media_type, metadata, groups) values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant, source) do update set updated_at = now() returning id`,
    [tenant, draft.source, draft.title, draft.mediaType, JSON.stringify(draft.metadata), draft.groups],
  );
  return row!.id;
}
