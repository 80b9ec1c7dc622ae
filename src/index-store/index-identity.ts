import { SettingsError } from '../config/load.ts';
import type { Database, Transaction } from '../db/database.ts';
import { CHUNKER } from '../documents/chunk-document.ts';
import type { Embedder } from '../embedders/embedder.ts';
import { AppError } from '../errors/app-error.ts';

/** Who makes an index's rows. Rows of another identity must not be mixed in, nor compared. */
export type IndexIdentity = { embedder: string; dimensions: number | null; chunker: string };

export const NO_EMBEDDER = 'none';

/** Any fixed number. Writers of chunks hold it shared, and whoever changes the identity alone. */
const LOCK = 7_255_602;

/** What an index says of who embeds. */
export function embedderName(embedder: Embedder | undefined): string {
  return embedder?.name ?? NO_EMBEDDER;
}

/** The identity of what this process makes; without an embedder that is an identity like any other. */
export function identityOf(embedder: Embedder | undefined): IndexIdentity {
  return {
    embedder: embedderName(embedder),
    dimensions: embedder?.dimensions ?? null,
    chunker: CHUNKER,
  };
}

/**
 * Makes sure that the index is of this identity; an index without chunks becomes so.
 *
 * @throws SettingsError when it is of another one; nothing has changed then
 */
export async function assertIdentity(db: Database, own: IndexIdentity): Promise<void> {
  await db.asOwner(async (tx) => {
    if (isSame(await readIdentity(tx), own)) return;
    await shutOutWriters(tx);
    const stored = await readIdentity(tx);
    const [chunk] = await tx.query('select from chunks limit 1');
    if (stored && chunk) refuseUnlessSame(stored, own);
    await writeIdentity(tx, own);
  });
}

/** The identity of the index; none before the first start. */
export async function readIdentity(tx: Transaction): Promise<IndexIdentity | undefined> {
  const [stored] = await tx.query<IndexIdentity>('select embedder, dimensions, chunker from index_identity');
  return stored;
}

/** Says who makes the index from now on; `shutOutWriters` comes first. */
export async function writeIdentity(
  tx: Transaction,
  { embedder, dimensions, chunker }: IndexIdentity,
): Promise<void> {
  await tx.query(
    `insert into index_identity (embedder, dimensions, chunker) values ($1, $2, $3)
     on conflict (only_row) do update set embedder = $1, dimensions = $2, chunker = $3`,
    [embedder, dimensions, chunker],
  );
}

/** Until the transaction ends nobody else writes chunks, or changes the identity. */
export async function shutOutWriters(tx: Transaction): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(${LOCK})`);
}

/**
 * Holds the identity until the transaction ends. Call it before any other lock is taken: whoever changes the identity
 * takes this one first as well.
 *
 * @throws AppError `unavailable` when it has become another: the work is for a process of that one
 */
export async function holdIdentity(tx: Transaction, own: IndexIdentity): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock_shared(${LOCK})`);
  // A statement of its own: it must see what was committed while the lock was awaited.
  if (isSame(await readIdentity(tx), own)) return;
  throw new AppError('unavailable', 'The index is being written with other settings now.');
}

export function isSame(stored: IndexIdentity | undefined, own: IndexIdentity): boolean {
  return stored?.embedder === own.embedder && stored.chunker === own.chunker;
}

function refuseUnlessSame(stored: IndexIdentity, own: IndexIdentity): void {
  if (stored.embedder !== own.embedder)
    throw new SettingsError(
      `The index was made with the embedder ${stored.embedder}, and the settings ask for ${own.embedder}: ` +
        'run `npx sallyport reindex` with these settings, or set EMBEDDING_PROVIDER (and its model and dimensions) back.',
    );
  if (stored.chunker !== own.chunker)
    throw new SettingsError(
      `The index was made with the chunker ${stored.chunker}, and this version has ${own.chunker}: run \`npx sallyport reindex\`.`,
    );
}
