import type { Database } from '../db/database.ts';
import { SYSTEM_SCOPE } from './audit-scope.ts';
import { chainsOf, lastCheckpoint, storeCheckpoints } from './checkpoint-store.ts';
import { signCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { SigningKey } from './signing-key.ts';

const BATCH = 5_000;

/**
 * Removes the records of each chain that are older than `before`, up to the first that is not; the last one of a chain
 * stays. The last record that goes is signed in the same transaction, so that what is left is verified from there.
 *
 * @returns how many were removed, and what was signed
 */
export async function pruneAudit(
  db: Database,
  key: SigningKey,
  before: Date,
): Promise<{ removed: number; checkpoints: Checkpoint[] }> {
  const checkpoints: Checkpoint[] = [];
  let removed = 0;
  for (const tenant of await db.withScope(SYSTEM_SCOPE, (tx) => chainsOf(tx))) {
    for (let more = true; more;) {
      const batch = await pruneChain(db, key, tenant, before);
      removed += batch.removed;
      if (batch.checkpoint) checkpoints.push(batch.checkpoint);
      more = batch.removed === BATCH;
    }
  }
  return { removed, checkpoints };
}

async function pruneChain(
  db: Database,
  key: SigningKey,
  tenant: string,
  before: Date,
): Promise<{ removed: number; checkpoint?: Checkpoint }> {
  return db.asOwner(async (tx) => {
    await tx.query('select lock_audit_checkpoints(), lock_audit_chain($1)', [tenant]);
    const old = await tx.query<{ seq: string; hash: Buffer; time: string }>(
      `select seq, hash, time from audit_events where tenant = $1
          and seq < (select max(seq) from audit_events where tenant = $1) order by seq limit ${BATCH}`,
      [tenant],
    );
    const limit = before.toISOString();
    const young = old.findIndex(({ time }) => time >= limit);
    const going = young === -1 ? old : old.slice(0, young);
    const last = going.at(-1);
    if (!last) return { removed: 0 };
    const end = { kind: 'retention' as const, tenant, seq: Number(last.seq), hash: last.hash };
    const checkpoint = signCheckpoint(key, end, await lastCheckpoint(tx, tenant));
    await storeCheckpoints(tx, [{ ...checkpoint, tenant }]);
    await tx.query('delete from audit_events where tenant = $1 and seq <= $2', [tenant, last.seq]);
    // What these signed is gone. From the first that is needed on all stay, for each names the one before it.
    await tx.query(
      `delete from audit_checkpoints where tenant = $1
          and number < (select min(number) from audit_checkpoints
                         where tenant = $1 and (statement = $3 or ((statement::jsonb) ->> 'seq')::bigint > $2))`,
      [tenant, last.seq, checkpoint.statement],
    );
    return { removed: going.length, checkpoint };
  });
}
