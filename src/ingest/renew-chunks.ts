import type { Database, Transaction } from '../db/database.ts';
import type { Block } from '../documents/document.ts';
import type { Embedder } from '../embedders/embedder.ts';
import { chunkRows, contextOf } from '../index-store/chunk-rows.ts';
import { NO_EMBEDDER, type IndexIdentity } from '../index-store/index-identity.ts';
import { addEmbeddings, replaceChunks } from '../index-store/write-chunks.ts';
import { embedRows } from './embed-rows.ts';
import { takeTurn } from './index-document.ts';

/** How chunks are made anew; `onRenewed` hears of each few that are. */
export type Renewal = {
  own: IndexIdentity;
  embedder: Embedder | undefined;
  signal: AbortSignal;
  onRenewed?: (chunks: number) => void;
};

/** Runs work in a transaction: one of its own each time, or always the same. */
type Transact = Database['asOwner'];

/** Chunks that are embedded at once. */
const BATCH = 128;

/** Each chunk beside its vector: looked up by key, whatever the planner believes while the vectors grow. */
const CHUNKS_AND_VECTORS = `chunks c left join
       lateral (select true as there from chunk_embeddings e where e.chunk_id = c.id and e.embedder = $1 offset 0) vector on true`;

/** How many chunks there are, and how many of them another chunker made or lack a vector. */
export async function countChunks(
  tx: Transaction,
  { embedder, chunker }: IndexIdentity,
): Promise<{ total: number; missing: number }> {
  const [counts] = await tx.query<{ total: number; missing: number }>(
    `select count(*)::integer as total,
            (count(*) filter (where c.chunker <> $2 or $1 <> '${NO_EMBEDDER}' and vector.there is null))::integer as missing
       from ${CHUNKS_AND_VECTORS}`,
    [embedder, chunker],
  );
  return counts!;
}

/** Goes through the index once: cuts again what another chunker cut, then embeds what lacks a vector. */
export async function renewChunks(transact: Transact, renewal: Renewal): Promise<void> {
  await cutAgain(transact, renewal);
  if (renewal.embedder) await embedMissing(transact, { ...renewal, embedder: renewal.embedder });
}

async function cutAgain(transact: Transact, renewal: Renewal): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    renewal.signal.throwIfAborted();
    const [next] = await transact((tx) =>
      tx.query<{ id: string }>(
        'select document_id as id from chunks where document_id > $1 and chunker <> $2 order by document_id limit 1',
        [after, renewal.own.chunker],
      ),
    );
    if (!next) return;
    after = next.id;
    await cutDocument(transact, next.id, renewal);
  }
}

type StoredDocument = {
  tenant: string;
  title: string;
  text: string;
  blocks: Block[];
  version: number;
};

async function cutDocument(
  transact: Transact,
  id: string,
  { embedder, signal, onRenewed }: Renewal,
): Promise<void> {
  const [document] = await transact((tx) =>
    tx.query<StoredDocument>(
      'select tenant, title, text, blocks, version from documents where id = $1 and chunks_of is null',
      [id],
    ),
  );
  if (!document) return;
  const { tenant, title, version } = document;
  const chunked = chunkRows(document);
  const embedded = embedder && (await embedRows(embedder, title, chunked.rows, signal));
  const replaced = await transact(async (tx) => {
    await takeTurn(tx, tenant);
    // A newer version, or none, means that somebody else has seen to it.
    const [{ old } = { old: 0 }] = await tx.query<{ old: number }>(
      'update documents set chunk_count = $3, language = $4 from documents before where documents.id = $1 and before.id = $1 and documents.version = $2 and documents.chunks_of is null returning before.chunk_count as old',
      [id, version, chunked.rows.length, chunked.language],
    );
    if (old === 0) return old;
    await tx.query('update documents set chunk_count = $2 where chunks_of = $1', [id, chunked.rows.length]);
    await replaceChunks(tx, { documentId: id, tenant }, chunked, embedded);
    return old;
  });
  onRenewed?.(replaced);
}

type StoredChunk = { id: string; title: string; headingPath: string[]; text: string };

async function embedMissing(
  transact: Transact,
  { embedder, signal, onRenewed }: Renewal & { embedder: Embedder },
): Promise<void> {
  let after = '0';
  for (;;) {
    signal.throwIfAborted();
    const rows = await transact((tx) =>
      tx.query<StoredChunk>(
        `select c.id, d.title, c.heading_path as "headingPath", c.text
           from ${CHUNKS_AND_VECTORS}, lateral (select title from documents where id = c.document_id offset 0) d
          where c.id > $2 and vector.there is null order by c.id limit ${BATCH}`,
        [embedder.name, after],
      ),
    );
    if (rows.length === 0) return;
    after = rows.at(-1)!.id;
    const texts = rows.map(({ title, headingPath, text }) => contextOf(title, headingPath, text));
    const vectors = await embedder.embed(texts, 'document', signal);
    const ids = rows.map(({ id }) => id);
    await transact((tx) => addEmbeddings(tx, ids, { embedder: embedder.name, vectors }));
    onRenewed?.(rows.length);
  }
}
