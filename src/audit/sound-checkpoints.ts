import type { KeyObject } from 'node:crypto';
import type { ChainEnd } from './chain-list.ts';
import { readStatement, statementHash, type Checkpoint, type Statement } from './checkpoint.ts';
import { isSignedBy, keyIdOf } from './signing-key.ts';
import type { Fault, SignedPoint } from './verify-chain.ts';

/** A checkpoint that was kept elsewhere, and what it says. */
export type ShippedCheckpoint = Checkpoint & Pick<Statement, 'kind' | 'seq' | 'hash'>;

/** What is said of one chain, by whom. */
export type SaidOfChain = {
  /** Checkpoints in their order. */
  kept: readonly Checkpoint[];
  /** Sound ones. */
  shipped?: readonly ShippedCheckpoint[] | undefined;
  /** Its end, as the list of all chains has it. */
  listed?: ChainEnd | undefined;
  /** Records that stood in an export, or must stand in this one. */
  promised?: readonly SignedPoint[] | undefined;
};

export type CheckedCheckpoints = { points: SignedPoint[]; fault: Fault | undefined };

/**
 * What is signed of one chain by one of these keys. Of the checkpoints that are kept each names the one before; those before
 * the first may have been removed with the records that they signed. One of the others that is not among them was removed,
 * by the policy or by somebody. `newestList` is the number of the list of all chains that is there.
 */
export function checkCheckpoints(
  tenant: string,
  { kept, shipped = [], listed, promised = [] }: SaidOfChain,
  keys: readonly KeyObject[],
  newestList = Infinity,
): CheckedCheckpoints {
  const read = soundStatements(tenant, keys);
  const sound: Statement[] = [];
  let fault: Fault | undefined;
  let before: Statement | undefined;
  let beforeText = '';
  const refuse = (seq: number) => (fault ??= { tenant, seq, reason: 'checkpoint' });
  for (const one of kept) {
    const said = read(one);
    const follows =
      before === undefined ||
      (said?.number === before.number + 1 && said.previous === statementHash(beforeText));
    // Where the list that it was signed with is not there, an old one was put in its place.
    if (said && follows && (said.list ?? 0) <= newestList) sound.push(said);
    else refuse(said?.seq ?? (before?.seq ?? 0) + 1);
    if (said) [before, beforeText] = [said, one.statement];
  }
  const points: SignedPoint[] = [...sound];
  const removedUpTo = sound.findLast(({ kind }) => kind === 'retention')?.seq ?? 0;
  const known = new Set(kept.map(({ statement }) => statement));
  for (const { kind, seq, hash, statement } of shipped) {
    // What the policy removed took along what was signed of it.
    if (known.has(statement) || seq <= removedUpTo) continue;
    refuse(seq);
    points.push({ kind, seq, hash });
  }
  if (listed && !sound.some((one) => hasOutlived(listed, one))) {
    const { number, seq, hash } = listed;
    if (!sound.some((one) => one.number === number && one.seq === seq && one.hash === hash)) refuse(seq);
    points.push({ kind: 'end', seq, hash });
  }
  const there = promised.filter(({ seq }) => seq > removedUpTo);
  return { points: points.concat(there).sort((a, b) => a.seq - b.seq), fault };
}

/** Whether retention has removed this end, and all before it. */
export function hasOutlived(end: ChainEnd, said: Statement | undefined): boolean {
  return said?.kind === 'retention' && said.seq >= end.seq && said.number > end.number;
}

/** Reads checkpoints of this chain that one of these keys signed; undefined for any other. */
export function soundStatements(
  tenant: string,
  keys: readonly KeyObject[],
): (checkpoint: Checkpoint) => Statement | undefined {
  const byId = new Map(keys.map((key) => [keyIdOf(key), key]));
  return ({ statement: text, signature }) => {
    try {
      const statement = readStatement(text);
      const key = byId.get(statement.key_id);
      return key && statement.tenant === tenant && isSignedBy(key, text, signature) ? statement : undefined;
    } catch {
      return undefined;
    }
  };
}
