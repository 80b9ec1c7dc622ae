import { setTimeout as delay } from 'node:timers/promises';
import { DEADLOCK, type Database } from '../db/database.ts';
import type { Embedder } from '../embedders/embedder.ts';
import { ensureDenseIndex } from '../index-store/dense-index.ts';
import {
  identityOf,
  isSame,
  readIdentity,
  shutOutWriters,
  writeIdentity,
  type IndexIdentity,
} from '../index-store/index-identity.ts';
import { isPassing } from './job-runner.ts';
import { hasLeftovers, removeLeftovers } from './remove-leftovers.ts';
import { countChunks, renewChunks, type Renewal } from './renew-chunks.ts';

/** `done` of `total` chunks are as the settings want them. */
export type ReindexProgress = { done: number; total: number };

export type ReindexOptions = {
  db: Database;
  embedder: Embedder | undefined;
  signal: AbortSignal;
  onProgress: (progress: ReindexProgress) => void;
};

/** Whose the index was, whose it is now, and how many chunks were made anew for that. */
export type Reindexed = { from: IndexIdentity | undefined; to: IndexIdentity; renewed: number };

/** What may be left for the last step, in chunks: while it lasts nobody else can write. */
const MOST_STRAGGLERS = 128;
/** What waits for the last step must not wait longer than a statement may. */
const LONGEST_SWAP_MS = 20_000;
const MOST_ATTEMPTS = 4;

/**
 * Makes the index one of this embedder and chunker while servers with the old settings answer from it and write to it:
 * the new vectors grow beside the old ones, and the identity changes once none is missing. Ended at any point, it goes
 * on from there the next time.
 *
 * A document that another chunker cut is replaced, as by a new version: until the end, a server with another
 * embedder finds it by its words alone.
 *
 * @throws AppError `conflict` when another process is at it; what the embedder failed with, after some attempts
 */
export async function reindex({ db, embedder, signal, onProgress }: ReindexOptions): Promise<Reindexed> {
  const own = identityOf(embedder);
  const renewal: Renewal = { own, embedder: embedder && patient(embedder), signal };
  return db.exclusively('reindex', async () => {
    if (embedder) await ensureDenseIndex(db, embedder);
    const from = await db.asOwner(readIdentity);
    let renewed = 0;
    for (;;) {
      const { missing, total } = await db.asOwner((tx) => countChunks(tx, own));
      let done = total - missing;
      const onRenewed = (chunks: number) => {
        renewed += chunks;
        done = Math.min(total, done + chunks);
        onProgress({ done, total });
      };
      onRenewed(0);
      await renewChunks((work) => db.asOwner(work), { ...renewal, onRenewed });
      if (await swap(db, { ...renewal, onRenewed })) break;
    }
    await removeLeftovers(db, own, signal);
    await db.tidy();
    return { from, to: own, renewed };
  });
}

/** Whether there is nothing to do: every chunk is as the settings want it, and nothing is left of other settings. */
export async function isUpToDate(db: Database, embedder: Embedder | undefined): Promise<boolean> {
  const own = identityOf(embedder);
  return db.asOwner(async (tx) => {
    if (!isSame(await readIdentity(tx), own)) return false;
    return (await countChunks(tx, own)).missing === 0 && !(await hasLeftovers(tx, own));
  });
}

/**
 * Changes the identity in the transaction that renews the last few. False when there are more than a few by now, it
 * took too long, or documents were deleted in its way: another round, then.
 */
async function swap(db: Database, renewal: Renewal): Promise<boolean> {
  const tooLong = AbortSignal.timeout(LONGEST_SWAP_MS);
  const signal = AbortSignal.any([renewal.signal, tooLong]);
  try {
    return await db.asOwner(async (tx) => {
      await shutOutWriters(tx);
      const { missing } = await countChunks(tx, renewal.own);
      if (missing > MOST_STRAGGLERS) return false;
      if (missing > 0) await renewChunks((work) => work(tx), { ...renewal, signal });
      await writeIdentity(tx, renewal.own);
      return true;
    });
  } catch (error) {
    renewal.signal.throwIfAborted();
    if (tooLong.aborted || (error as { code?: string }).code === DEADLOCK) return false;
    throw error;
  }
}

/** The same embedder, which tries again where it may be otherwise in a while. */
function patient(embedder: Embedder): Embedder {
  return {
    ...embedder,
    embed: async (texts, kind, signal) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await embedder.embed(texts, kind, signal);
        } catch (error) {
          signal?.throwIfAborted();
          if (!isPassing(error) || attempt === MOST_ATTEMPTS) throw error;
          await delay(500 * 2 ** attempt, undefined, signal ? { signal } : {});
        }
      }
    },
  };
}
