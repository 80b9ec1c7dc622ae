import { managing, type Database } from '../db/database.ts';
import { isUuid } from '../db/uuid.ts';
import { AppError } from '../errors/app-error.ts';
import type { Finding } from '../guardrails/audit-draft.ts';
import type { AcceptedJob } from './accept-documents.ts';
import type { DocumentDraft } from './document-draft.ts';

type QuarantinedRow = DocumentDraft & { status: string; findings: Finding[] };

/**
 * Gives a quarantined document a job that indexes it as it is.
 *
 * @throws AppError `not_found`, or `conflict` where it is not quarantined, or something newer has been accepted
 */
export async function releaseDocument(db: Database, tenant: string, id: string): Promise<AcceptedJob> {
  return db.withScope(managing(tenant), async (tx) => {
    const [row] = isUuid(id)
      ? await tx.query<QuarantinedRow>(
          `select title, source, media_type as "mediaType", metadata, groups, text, blocks, status, findings from documents
            where id = $1 for update`,
          [id],
        )
      : [];
    if (!row) throw new AppError('not_found', 'There is no such document.');
    const { status, findings, text, ...rest } = row;
    if (status !== 'quarantined')
      throw new AppError('conflict', `The document is ${status}, not quarantined.`);
    const [awaited] = await tx.query(
      'select from job_documents where document_id = $1 and text is not null limit 1',
      [id],
    );
    // Accepted last, the old text would take the place of the newer one.
    if (awaited)
      throw new AppError('conflict', 'The document is being indexed: see what becomes of it first.');
    const [job] = await tx.query<{ id: string }>(
      'insert into jobs (tenant, total, largest) values ($1, 1, $2) returning id',
      [tenant, Buffer.byteLength(text)],
    );
    await tx.query(
      'insert into job_documents (job_id, ordinal, tenant, document_id, draft, text) values ($1, 0, $2, $3, $4, $5)',
      [job!.id, tenant, id, JSON.stringify({ ...rest, released: findings }), text],
    );
    return { jobId: job!.id, documents: [{ id, title: row.title }] };
  });
}
