import type { KeyObject } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Database, Transaction } from '../db/database.ts';
import { readChainList, signChainList, storeChainList, type ChainEnd, type ChainList } from './chain-list.ts';
import { signCheckpoint, type Checkpoint, type NumberedCheckpoint } from './checkpoint.ts';
import { endsOfChains, storeCheckpoints } from './checkpoint-store.ts';
import type { SigningKey } from './signing-key.ts';
import { hasOutlived, soundStatements } from './sound-checkpoints.ts';

export type SignOptions = {
  /** Of everybody who may have signed before. */
  publicKeys: readonly KeyObject[];
  /** The list that this process saw last: where it is gone, or an older one stands in its place, what it says still holds. */
  remembered?: ChainList | undefined;
};

export type Signed = {
  checkpoints: Checkpoint[];
  list: ChainList | undefined;
  /** Chains that do not go on from where they were signed last: of these the list goes on to say what it said. */
  broken: string[];
  /**
   * The list that is kept is not what was signed last: nobody known signed it, or checkpoints name a newer one. It stays as it
   * is, or nobody would see that any more.
   */
  isListChanged: boolean;
};

/** So many are signed in some milliseconds; then others have their turn. */
const SIGNED_AT_ONCE = 100;

/**
 * Signs the end of every chain that has gone on since it was last signed, and the list of all chains. Of several processes
 * that do it at once, one signs, and the others find that there is nothing to do.
 */
export async function signEnds(
  db: Database,
  key: SigningKey,
  { publicKeys, remembered }: SignOptions,
): Promise<Signed> {
  return db.asOwner(async (tx) => {
    await tx.query('select lock_audit_checkpoints()');
    const kept = await readChainList(tx, publicKeys);
    const before = newer(kept === 'unsound' ? undefined : kept, remembered);
    const chains = (await endsOfChains(tx)).map(({ last, ...end }) => {
      return { ...end, last, said: last && soundStatements(end.tenant, publicKeys)(last) };
    });
    const newestNamed = chains.reduce((most, { said }) => Math.max(most, said?.list ?? 0), 0);
    const isListChanged = kept === 'unsound' || newestNamed > (before?.number ?? 0);
    // Whoever finds that it was changed goes on to name the one that was.
    const number = isListChanged ? newestNamed : (before?.number ?? 0) + 1;
    const ends = new Map(before?.ends);
    const grown: { now: ChainEnd; before: ChainEnd | undefined }[] = [];
    const made: (NumberedCheckpoint & { tenant: string })[] = [];
    for (const { tenant, seq, hash, last, said } of chains) {
      if (said && said.seq >= seq) {
        const listed = ends.get(tenant) ?? { tenant, number: said.number, seq: said.seq, hash: said.hash };
        ends.set(tenant, listed);
        continue;
      }
      const end = { kind: 'end' as const, tenant, seq, hash, ...(number > 0 ? { list: number } : {}) };
      const checkpoint = signCheckpoint(key, end, last);
      made.push({ ...checkpoint, tenant });
      const now = { tenant, number: checkpoint.number, seq, hash: hash.toString('hex') };
      grown.push({ now, before: ends.get(tenant) });
      if (made.length % SIGNED_AT_ONCE === 0) await setImmediate();
    }
    const listed = grown.flatMap((end) => end.before ?? []);
    const broken = await brokenOf(tx, listed, publicKeys);
    for (const { now } of grown) if (!broken.has(now.tenant)) ends.set(now.tenant, now);
    if (made.length > 0) await storeCheckpoints(tx, made);
    const hasNews =
      before === undefined || before !== kept || ends.size > before.ends.size || made.length > 0;
    const list = hasNews && !isListChanged ? { number, ends } : before;
    if (list && list !== before) await storeChainList(tx, signChainList(key, list));
    return { checkpoints: made, list, broken: [...broken], isListChanged };
  });
}

/** An older list, or none, in the place of the one that was seen there is somebody's doing: both hold. */
function newer(kept: ChainList | undefined, remembered: ChainList | undefined): ChainList | undefined {
  if (!kept || !remembered || kept.number >= remembered.number) return kept ?? remembered;
  return { number: remembered.number, ends: new Map([...kept.ends, ...remembered.ends]) };
}

/** The tenants of those ends whose record or checkpoint is not there any more, unless retention took it. */
async function brokenOf(
  tx: Transaction,
  ends: readonly ChainEnd[],
  publicKeys: readonly KeyObject[],
): Promise<Set<string>> {
  const missing = await tx.query<{ tenant: string }>(
    `select l.tenant from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[]) l(tenant, number, seq, hash)
      where not exists (select from audit_events e
                         where e.tenant = l.tenant and e.seq = l.seq and e.hash = decode(l.hash, 'hex'))
         or not exists (select from audit_checkpoints p where p.tenant = l.tenant and p.number = l.number)`,
    [
      ends.map(({ tenant }) => tenant),
      ends.map(({ number }) => number),
      ends.map(({ seq }) => seq),
      ends.map(({ hash }) => hash),
    ],
  );
  const broken = new Set(missing.map(({ tenant }) => tenant));
  for (const end of ends) {
    if (!broken.has(end.tenant)) continue;
    const after = await tx.query<Checkpoint>(
      'select statement, signature from audit_checkpoints where tenant = $1 and number > $2',
      [end.tenant, end.number],
    );
    const read = soundStatements(end.tenant, publicKeys);
    if (after.some((one) => hasOutlived(end, read(one)))) broken.delete(end.tenant);
  }
  return broken;
}
