import { managing, type Database, type Transaction } from '../db/database.ts';
import { holdIdentity, NO_EMBEDDER, type IndexIdentity } from '../index-store/index-identity.ts';
import { replaceChunks, type Embedded } from '../index-store/write-chunks.ts';
import { AppError } from '../errors/app-error.ts';
import type { IngestedDocument } from './ingested-document.ts';
import { contentHash } from './document-draft.ts';
import { changeJob, type ClaimedJob, type WaitingDocument } from './job-store.ts';
import type { PreparedDocument } from './prepare-document.ts';
import { findTwin } from './shared-text.ts';

const RESULT = 'id, title, status, chunk_count as chunks, version, findings';

/** One writer a tenant, until the transaction ends: two copies of one text, or two versions of one source, must meet. */
export async function takeTurn(tx: Transaction, tenant: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('sallyport.ingest ' || $1, 0))", [tenant]);
}

/**
 * Makes a document searchable, or puts it where no search finds it: its new chunks, its new version and the job's progress are one transaction, so a reader
 * sees the old version or the new one, and a crash leaves the old one and the job. What was accepted before the version that is
 * there is not indexed any more: whichever is ready first, the one that was accepted last stands.
 *
 * @throws AppError `unavailable` when the index is no longer of this identity: another process will do the job
 * @throws ClaimLost when another worker has the job; nothing has changed then
 */
export async function indexDocument(
  db: Database,
  job: ClaimedJob,
  { ordinal, documentId, version, draft }: WaitingDocument,
  prepared: PreparedDocument,
  embedded: Embedded | undefined,
  own: IndexIdentity,
): Promise<void> {
  const { tenant } = job;
  await db.withScope(managing(tenant), async (tx) => {
    const finish = async (result: IngestedDocument | undefined) => {
      await tx.query(
        'update job_documents set draft = null, text = null, result = $3 where job_id = $1 and ordinal = $2',
        [job.id, ordinal, JSON.stringify(result ?? null)],
      );
      // What got this far has not failed: attempts are counted from here.
      await changeJob(tx, job, 'done = done + 1, attempts = 0');
    };
    await holdIdentity(tx, own);
    await takeTurn(tx, tenant);
    // Locked: deleted between here and its chunks, it would leave them without a document.
    const [current] = await tx.query<IngestedDocument>(
      `select ${RESULT} from documents where id = $1 for update`,
      [documentId],
    );
    if (!current) return finish(undefined); // deleted while it waited
    if (current.version >= version) return finish(current); // accepted before what is there
    const twin = prepared.isQuarantined ? undefined : await findTwin(tx, draft, documentId);
    const chunked = twin ? { ...prepared, rows: [] } : prepared;
    if (own.embedder !== NO_EMBEDDER && !embedded && chunked.rows.length > 0)
      throw new AppError('unavailable', 'The document with the same text has just been removed.');
    // First the row: with its old text its chunks go on to who shares them, and its groups say who may read the new ones.
    const [stored] = await tx.query<IngestedDocument>(
      `update documents set title = $2, media_type = $3, metadata = $4, groups = $5, content_hash = $6, language = $7, text = $8,
              blocks = $9, chunk_count = $10, status = $11, findings = $12, chunks_of = $13, version = $14, updated_at = now()
        where id = $1 returning ${RESULT}`,
      [
        documentId,
        draft.title,
        draft.mediaType,
        JSON.stringify(draft.metadata),
        draft.groups,
        contentHash(draft),
        prepared.language,
        draft.text,
        prepared.blocks,
        twin?.chunks ?? prepared.rows.length,
        prepared.isQuarantined ? 'quarantined' : 'indexed',
        JSON.stringify(prepared.findings),
        twin?.holder ?? null,
        version,
      ],
    );
    await replaceChunks(tx, { documentId, tenant }, chunked, twin ? undefined : embedded);
    return finish(twin ? { ...stored!, duplicate_of: twin.id } : stored);
  });
}
