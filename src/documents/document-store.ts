import { managing, type Database } from '../db/database.ts';
import { decodeCursor, encodeCursor } from '../db/page-cursor.ts';
import { isUuid } from '../db/uuid.ts';
import { AppError } from '../errors/app-error.ts';
import { takeTurn } from '../ingest/index-document.ts';
import { mayChange, maySee, refuseUnchangeable, type DocumentScope } from './document-scope.ts';

export const DOCUMENT_STATUSES = ['pending', 'indexed', 'failed', 'quarantined'] as const;
export type DocumentStatus = (typeof DOCUMENT_STATUSES)[number];

export type DocumentSummary = {
  id: string;
  title: string;
  source: string | null;
  mediaType: string;
  metadata: Record<string, unknown>;
  groups: string[];
  status: DocumentStatus;
  version: number;
  chunks: number;
  language: string | null;
  findings: unknown[];
  createdAt: Date;
  updatedAt: Date;
};

export type DocumentPage = { documents: DocumentSummary[]; nextCursor: string | null };
export type DocumentQuery = {
  limit: number;
  cursor?: string | undefined;
  source?: string | undefined;
  status?: DocumentStatus | undefined;
  /** A part of the title or the source, in either case. */
  query?: string | undefined;
};

/** What the admin routes read and remove. What is outside of the scope is not found, as if it did not exist. */
export type DocumentStore = {
  list(scope: DocumentScope, query: DocumentQuery): Promise<DocumentPage>;
  get(scope: DocumentScope, id: string): Promise<DocumentSummary>;
  /**
   * Removes the document, what a job still holds of it, and its chunks and their statistics, unless other documents have
   * the same text.
   *
   * @throws AppError `forbidden` for a document that other groups have, too
   */
  remove(scope: DocumentScope, id: string): Promise<void>;
};

const FIELDS = `id, title, source, media_type as "mediaType", metadata, groups, status, version, chunk_count as chunks, language,
  findings, created_at as "createdAt", updated_at as "updatedAt"`;

export function createDocumentStore(db: Database): DocumentStore {
  return {
    list: ({ tenant, groups }, { limit, cursor, source, status, query }) =>
      db.withScope(managing(tenant, groups), async (tx) => {
        const after = cursor === undefined ? undefined : decodeCursor(cursor, isUuid);
        const rows = await tx.query<DocumentSummary & { position: string }>(
          `select ${FIELDS}, (extract(epoch from created_at) * 1000000)::bigint::text as position from documents d
            where ($1::text is null or source = $1) and ($2::text is null or status = $2) and ${maySee('$6')}
              and ($7::text is null or strpos(lower(title), lower($7)) > 0 or strpos(lower(source), lower($7)) > 0)
              and ($3::bigint is null or (created_at, id) < (timestamptz 'epoch' + $3::bigint * interval '1 microsecond', $4::uuid))
            order by created_at desc, id desc limit $5`,
          [
            source ?? null,
            status ?? null,
            after?.[0] ?? null,
            after?.[1] ?? null,
            limit + 1,
            groups,
            query ?? null,
          ],
        );
        const last = rows.length > limit ? rows[limit - 1] : undefined;
        return {
          documents: rows.slice(0, limit).map(({ position: _, ...document }) => document),
          nextCursor: last ? encodeCursor([last.position, last.id]) : null,
        };
      }),
    get: ({ tenant, groups }, id) =>
      db.withScope(managing(tenant, groups), async (tx) => {
        const [row] = isUuid(id)
          ? await tx.query<DocumentSummary>(
              `select ${FIELDS} from documents d where id = $1 and ${maySee('$2')}`,
              [id, groups],
            )
          : [];
        if (!row) throw notFound();
        return row;
      }),
    remove: ({ tenant, groups }, id) =>
      db.withScope(managing(tenant, groups), async (tx) => {
        if (!isUuid(id)) throw notFound();
        // In the order in which a job locks them, or they could wait for each other.
        await takeTurn(tx, tenant);
        const [document] = await tx.query<{ mayChange: boolean }>(
          `select ${mayChange('$2')} as "mayChange" from documents d where id = $1 and ${maySee('$2')} for update`,
          [id, groups],
        );
        if (!document) throw notFound();
        refuseUnchangeable(document);
        await tx.query('delete from documents where id = $1', [id]);
        await tx.query('delete from job_documents where document_id = $1', [id]);
      }),
  };
}

function notFound(): AppError {
  return new AppError('not_found', 'There is no such document.');
}
