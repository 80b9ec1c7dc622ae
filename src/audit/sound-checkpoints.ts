import type { KeyObject } from 'node:crypto';
import { readStatement, statementHash, type Checkpoint, type Statement } from './checkpoint.ts';
import { isSignedBy, keyIdOf } from './signing-key.ts';
import type { Fault } from './verify-chain.ts';

export type CheckedCheckpoints = { statements: Statement[]; fault: Fault | undefined };

/**
 * The statements of one chain that are signed by one of these keys. `kept` are in their order, and each names
 * the one before; those before the first may have been removed with the records that they signed. `shipped` are some that were kept
 * elsewhere: one of them that is not among `kept` was removed there, by the policy or by somebody.
 */
export function checkCheckpoints(
  tenant: string,
  { kept, shipped = [] }: { kept: readonly Checkpoint[]; shipped?: readonly Checkpoint[] | undefined },
  keys: readonly KeyObject[],
): CheckedCheckpoints {
  const byId = new Map(keys.map((key) => [keyIdOf(key), key]));
  const statements: Statement[] = [];
  let fault: Fault | undefined;
  let before: Statement | undefined;
  let beforeText = '';
  const refuse = (seq: number) => (fault ??= { tenant, seq, reason: 'checkpoint' });
  for (const { statement, signature } of kept) {
    const said = soundStatement(tenant, statement, signature, byId);
    const follows =
      before === undefined ||
      (said?.number === before.number + 1 && said.previous === statementHash(beforeText));
    if (said && follows) statements.push(said);
    else refuse(said?.seq ?? (before?.seq ?? 0) + 1);
    if (said) [before, beforeText] = [said, statement];
  }
  const known = new Set(kept.map(({ statement }) => statement));
  const removed = statements.filter(({ kind }) => kind === 'retention').map(({ seq }) => seq);
  const removedUpTo = Math.max(0, ...removed);
  for (const { statement, signature } of shipped) {
    const said = soundStatement(tenant, statement, signature, byId);
    // What the policy removed took along what was signed of it.
    if (known.has(statement) || (said && said.seq <= removedUpTo)) continue;
    refuse(said?.seq ?? 1);
    if (said) statements.push(said);
  }
  return { statements: statements.sort((a, b) => a.seq - b.seq), fault };
}

function soundStatement(
  tenant: string,
  text: string,
  signature: Buffer,
  keys: ReadonlyMap<string, KeyObject>,
): Statement | undefined {
  try {
    const statement = readStatement(text);
    const key = keys.get(statement.key_id);
    return key && statement.tenant === tenant && isSignedBy(key, text, signature) ? statement : undefined;
  } catch {
    return undefined;
  }
}
