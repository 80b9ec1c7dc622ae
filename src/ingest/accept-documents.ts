import { managing, type Database, type Transaction } from '../db/database.ts';
import { IS_SETTLED, mayChange, STANDING_GROUPS, type DocumentScope } from '../documents/document-scope.ts';
import { AppError } from '../errors/app-error.ts';
import { contentHash, inOneOrder, type DocumentDraft } from './document-draft.ts';
import type { IngestedDocument } from './ingested-document.ts';

export type AcceptedJob = { jobId: string; documents: { id: string; title: string }[] };

/**
 * Takes documents in: all of them are on disk, with a job that will index them, when this returns. One that is there
 * already, with nothing changed, is not indexed again.
 *
 * @throws AppError `forbidden` for groups that the sender does not have, `conflict` for a source that is not the sender's
 */
export async function acceptDocuments(
  db: Database,
  { tenant, groups }: DocumentScope,
  drafts: DocumentDraft[],
): Promise<AcceptedJob> {
  const own = inOneOrder(groups);
  for (const draft of drafts) refuseForeignGroups(draft, own);
  return db.withScope(managing(tenant), async (tx) => {
    const [job] = await tx.query<{ id: string }>(
      'insert into jobs (tenant, total, largest, groups) values ($1, $2, $3, $4) returning id',
      [tenant, drafts.length, Math.max(...drafts.map(({ text }) => Buffer.byteLength(text))), own],
    );
    const documents: AcceptedJob['documents'] = [];
    for (const [ordinal, draft] of inOrderOfSource(drafts)) {
      const unchanged = await findUnchanged(tx, draft, own);
      const { text, ...rest } = draft;
      const reserved = unchanged ?? (await reserveDocument(tx, tenant, draft, own));
      await tx.query(
        'insert into job_documents (job_id, ordinal, tenant, document_id, draft, text, result) values ($1, $2, $3, $4, $5, $6, $7)',
        [
          job!.id,
          ordinal,
          tenant,
          reserved.id,
          unchanged ? null : JSON.stringify({ ...rest, groups: reserved.groups }),
          unchanged ? null : text,
          unchanged ? JSON.stringify({ ...unchanged, groups: undefined }) : null,
        ],
      );
      documents[ordinal] = { id: reserved.id, title: unchanged?.title ?? draft.title };
    }
    return { jobId: job!.id, documents };
  });
}

/** A sender with groups makes documents of these alone: neither for others, nor for everyone. */
function refuseForeignGroups({ groups }: DocumentDraft, own: readonly string[]): void {
  if (own.length === 0 || groups === undefined) return;
  if (groups.length > 0 && groups.every((group) => own.includes(group))) return;
  throw new AppError(
    'forbidden',
    "A caller with groups takes documents in for these alone: name some of your own in 'groups', or leave it out.",
  );
}

/** Each with its place. In one order for everybody: requests that lock the same documents in other orders would deadlock. */
function inOrderOfSource(drafts: DocumentDraft[]): [number, DocumentDraft][] {
  const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));
  return [...drafts.entries()].sort(([, a], [, b]) => compare(a.source ?? '', b.source ?? ''));
}

/** The document that `draft` would leave as it is: the same source with the same text, title, metadata and readers. */
async function findUnchanged(
  tx: Transaction,
  draft: DocumentDraft,
  own: readonly string[],
): Promise<(IngestedDocument & { groups: string[] }) | undefined> {
  if (draft.source === null) return undefined;
  const [same] = await tx.query<IngestedDocument & { groups: string[] }>(
    `select id, title, status, chunk_count as chunks, version, id as duplicate_of, findings, groups from documents d
      where tenant = current_tenant() and source = $1 and content_hash = $2 and status = 'indexed' and title = $3
        and metadata = $4::jsonb and groups = coalesce($5::text[], groups) and ${mayChange('$6')} and ${IS_SETTLED}`,
    [
      draft.source,
      contentHash(draft),
      draft.title,
      JSON.stringify(draft.metadata),
      draft.groups ?? null,
      own,
    ],
  );
  return same;
}

/**
 * The row a document will have, and the groups of this version: those that were named; else those of the version before,
 * be it waiting; else the sender's own. The row is that of its source where there is one, which goes on answering until the
 * new text is indexed.
 */
async function reserveDocument(
  tx: Transaction,
  tenant: string,
  draft: DocumentDraft,
  own: readonly string[],
): Promise<{ id: string; groups: string[] }> {
  const named = draft.groups ?? null;
  for (;;) {
    const [added] = await tx.query<{ id: string; groups: string[] }>(
      `insert into documents (tenant, source, title, media_type, metadata, groups, accepted_groups) values ($1, $2, $3, $4, $5, $6, $6)
       on conflict (tenant, source) do nothing returning id, groups`,
      [tenant, draft.source, draft.title, draft.mediaType, JSON.stringify(draft.metadata), named ?? own],
    );
    if (added) return added;
    // A statement of its own: the next one must see what was accepted while the lock was awaited.
    await tx.query('select from documents where source = $1 for update', [draft.source]);
    const [taken] = await tx.query<{ id: string; groups: string[] }>(
      `update documents d set updated_at = now(), accepted_groups = coalesce($2::text[], ${STANDING_GROUPS})
        where source = $1 and ${mayChange('$3')} returning id, accepted_groups as groups`,
      [draft.source, named, own],
    );
    if (taken) return taken;
    // The same words whoever has it, and whether or not the text is the same. Without groups it was deleted just now.
    if (own.length > 0)
      throw new AppError('conflict', "This 'source' is not one that you may write: choose another.");
  }
}
