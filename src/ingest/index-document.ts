import { managing, type Database, type Transaction } from '../db/database.ts';
import { holdIdentity, type IndexIdentity } from '../index-store/index-identity.ts';
import { replaceChunks, type Embedded } from '../index-store/write-chunks.ts';
import { findDuplicate, type IngestedDocument } from './accept-documents.ts';
import { contentHash, type DocumentDraft } from './document-draft.ts';
import type { PreparedDocument } from './prepare-document.ts';

export type IndexableJobDocument = {
  jobId: string;
  ordinal: number;
  documentId: string;
  tenant: string;
  draft: DocumentDraft;
};

/** One writer a tenant, until the transaction ends: two copies of one text, or two versions of one source, must meet. */
export async function takeTurn(tx: Transaction, tenant: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('sallyport.ingest ' || $1, 0))", [tenant]);
}

/**
 * Makes a document searchable, or puts it where no search finds it: its new chunks, its new version and the job's progress are one transaction, so a reader
 * sees the old version or the new one, and a crash leaves the old one and the job.
 *
 * @throws AppError `unavailable` when the index is no longer of this identity: another process will do the job
 */
export async function indexDocument(
  db: Database,
  { jobId, ordinal, documentId, tenant, draft }: IndexableJobDocument,
  prepared: PreparedDocument,
  embedded: Embedded | undefined,
  own: IndexIdentity,
): Promise<void> {
  await db.withScope(managing(tenant), async (tx) => {
    const finish = async (result: IngestedDocument | undefined) => {
      await tx.query(
        'update job_documents set draft = null, text = null, result = $3 where job_id = $1 and ordinal = $2',
        [jobId, ordinal, JSON.stringify(result ?? null)],
      );
      await tx.query('update jobs set done = done + 1, updated_at = now() where id = $1', [jobId]);
    };
    await holdIdentity(tx, own);
    await takeTurn(tx, tenant);
    // Locked: deleted between here and its chunks, it would leave them without a document.
    const [current] = await tx.query<{ version: number }>(
      'select version from documents where id = $1 for update',
      [documentId],
    );
    if (!current) return finish(undefined); // deleted while it waited
    const duplicate = await findDuplicate(tx, draft, documentId);
    if (duplicate && current.version === 0) {
      await tx.query('delete from documents where id = $1', [documentId]);
      return finish(duplicate);
    }
    await replaceChunks(tx, { documentId, tenant, groups: draft.groups }, prepared, embedded);
    const [stored] = await tx.query<IngestedDocument>(
      `update documents set title = $2, media_type = $3, metadata = $4, groups = $5, content_hash = $6, language = $7, text = $8,
              blocks = $9, chunk_count = $10, status = $11, findings = $12, version = version + 1, updated_at = now()
        where id = $1 returning id, title, status, chunk_count as chunks, version, findings`,
      [
        documentId,
        draft.title,
        draft.mediaType,
        JSON.stringify(draft.metadata),
        draft.groups,
        contentHash(draft),
        prepared.language,
        draft.text,
        JSON.stringify(draft.blocks),
        prepared.rows.length,
        prepared.isQuarantined ? 'quarantined' : 'indexed',
        JSON.stringify(prepared.findings),
      ],
    );
    return finish(stored);
  });
}
