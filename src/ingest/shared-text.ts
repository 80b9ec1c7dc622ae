import { managing, type Database, type Transaction } from '../db/database.ts';
import type { DocumentScope } from '../documents/document-scope.ts';
import type { IngestedDocument } from './ingested-document.ts';
import { contentHash, type DocumentDraft } from './document-draft.ts';

/** A document that has the same text, and the one whose chunks both have from now on. */
export type Twin = { id: string; holder: string; chunks: number };

/** The oldest other document with this text that is searchable, whoever may read it. */
export async function findTwin(
  tx: Transaction,
  draft: DocumentDraft,
  documentId: string,
): Promise<Twin | undefined> {
  const [twin] = await tx.query<Twin>(
    `select id, coalesce(chunks_of, id) as holder, chunk_count as chunks from documents
      where tenant = current_tenant() and content_hash = $1 and status = 'indexed' and id <> $2
        and chunks_of is distinct from $2 order by created_at, id limit 1`,
    [contentHash(draft), documentId],
  );
  return twin;
}

/** Whether a document would find its chunks there: they need no vectors. */
export function hasTwin(
  db: Database,
  tenant: string,
  draft: DocumentDraft,
  documentId: string,
): Promise<boolean> {
  return db.withScope(managing(tenant), async (tx) => (await findTwin(tx, draft, documentId)) !== undefined);
}

/** Names as `duplicate_of` only what the scope may see: to others it says nothing of a text that they sent. */
export async function withVisibleTwins(
  db: Database,
  { tenant, groups }: DocumentScope,
  documents: IngestedDocument[],
): Promise<IngestedDocument[]> {
  if (groups.length === 0 || documents.every((one) => one.duplicate_of === undefined)) return documents;
  const twins = await db.withScope(managing(tenant, groups), (tx) =>
    tx.query<{ id: string; twin: string }>(
      `select distinct on (d.id) d.id, twin.id as twin from documents d join documents twin on twin.content_hash = d.content_hash
        where d.id = any ($1::uuid[]) and twin.id <> d.id and twin.status = 'indexed' and twin.groups && $2
        order by d.id, twin.created_at, twin.id`,
      [documents.map(({ id }) => id), groups],
    ),
  );
  const visible = new Map(twins.map(({ id, twin }) => [id, twin]));
  return documents.map(({ duplicate_of, ...one }) => {
    const twin = duplicate_of === one.id ? one.id : duplicate_of && visible.get(one.id);
    return twin === undefined ? one : { ...one, duplicate_of: twin };
  });
}
