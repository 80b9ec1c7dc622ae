import { managing, type Database } from '../db/database.ts';
import { isUuid } from '../db/uuid.ts';
import { mayChange, maySee, refuseUnchangeable, type DocumentScope } from '../documents/document-scope.ts';
import { AppError } from '../errors/app-error.ts';
import type { Finding } from '../guardrails/audit-draft.ts';
import type { AcceptedJob } from './accept-documents.ts';
import type { DocumentDraft } from './document-draft.ts';

type QuarantinedRow = DocumentDraft & { status: string; findings: Finding[]; mayChange: boolean };

/**
 * Gives a quarantined document a job that indexes it as it is.
 *
 * @throws AppError `not_found`, `forbidden` where other groups have it, too, or `conflict` where it is not quarantined, or
 *   something newer has been accepted
 */
export async function releaseDocument(
  db: Database,
  { tenant, groups }: DocumentScope,
  id: string,
): Promise<AcceptedJob> {
  return db.withScope(managing(tenant, groups), async (tx) => {
    const [row] = isUuid(id)
      ? await tx.query<QuarantinedRow>(
          `select title, source, media_type as "mediaType", metadata, groups, text, blocks, status, findings, ${mayChange('$2')} as "mayChange"
             from documents d where id = $1 and ${maySee('$2')} for update`,
          [id, groups],
        )
      : [];
    if (!row) throw new AppError('not_found', 'There is no such document.');
    refuseUnchangeable(row);
    const { status, findings, text, mayChange: _, ...rest } = row;
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
      'insert into jobs (tenant, total, largest, groups) values ($1, 1, $2, $3) returning id',
      [tenant, Buffer.byteLength(text), groups],
    );
    await tx.query('update documents set accepted_groups = groups where id = $1', [id]);
    await tx.query(
      'insert into job_documents (job_id, ordinal, tenant, document_id, draft, text) values ($1, 0, $2, $3, $4, $5)',
      [job!.id, tenant, id, JSON.stringify({ ...rest, released: findings }), text],
    );
    return { jobId: job!.id, documents: [{ id, title: row.title }] };
  });
}
