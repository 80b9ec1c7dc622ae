import type { Database, Transaction } from '../db/database.ts';
import { SYSTEM_SCOPE } from './audit-scope.ts';
import { readStatement, signCheckpoint, type Checkpoint, type Statement } from './checkpoint.ts';
import type { SigningKey } from './signing-key.ts';

/**
 * Signs the end of every chain that has gone on since it was last signed. Of several processes that do it at once, one
 * signs a chain, and the others find that there is nothing to do.
 *
 * @returns what was signed
 */
export async function signEnds(db: Database, key: SigningKey): Promise<Checkpoint[]> {
  const tenants = await db.withScope(SYSTEM_SCOPE, (tx) => chainsOf(tx));
  const signed: Checkpoint[] = [];
  for (const tenant of tenants) {
    const made = await db.withScope(SYSTEM_SCOPE, async (tx) => {
      await tx.query('select lock_audit_chain($1)', [tenant]);
      const [end] = await tx.query<{ seq: string; hash: Buffer }>(
        'select seq, hash from audit_events where tenant = $1 order by seq desc limit 1',
        [tenant],
      );
      const previous = await lastStatement(tx, tenant);
      if (!end || (previous !== undefined && readStatement(previous).seq >= Number(end.seq)))
        return undefined;
      return addCheckpoint(tx, key, { kind: 'end', tenant, seq: Number(end.seq), hash: end.hash }, previous);
    });
    if (made) signed.push(made);
  }
  return signed;
}

/** Signs and stores; the chain is to be locked. */
export async function addCheckpoint(
  tx: Transaction,
  key: SigningKey,
  end: Pick<Statement, 'kind' | 'tenant' | 'seq'> & { hash: Buffer },
  previous: string | undefined,
): Promise<Checkpoint> {
  const { number, ...checkpoint } = signCheckpoint(key, end, previous);
  await tx.query(
    'insert into audit_checkpoints (tenant, number, statement, signature) values ($1, $2, $3, $4)',
    [end.tenant, number, checkpoint.statement, checkpoint.signature],
  );
  return checkpoint;
}

export async function lastStatement(tx: Transaction, tenant: string): Promise<string | undefined> {
  const [row] = await tx.query<{ statement: string }>(
    'select statement from audit_checkpoints where tenant = $1 order by number desc limit 1',
    [tenant],
  );
  return row?.statement;
}

/** The tenants that have a chain: jumps through the index from one to the next, however long the chains are. */
export async function chainsOf(tx: Transaction): Promise<string[]> {
  const rows = await tx.query<{ tenant: string }>(
    `with recursive chains(tenant) as (
       (select tenant from audit_events order by tenant limit 1)
       union all
       select (select e.tenant from audit_events e where e.tenant > c.tenant order by e.tenant limit 1)
         from chains c where c.tenant is not null
     )
     select tenant from chains where tenant is not null
     union select distinct tenant from audit_checkpoints order by tenant`,
  );
  return rows.map(({ tenant }) => tenant);
}
