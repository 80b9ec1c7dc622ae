import type { Transaction } from '../db/database.ts';
import type { NumberedCheckpoint } from './checkpoint.ts';

/** Stores what was signed. The caller holds `lock_audit_checkpoints`. */
export async function storeCheckpoints(
  tx: Transaction,
  signed: readonly (NumberedCheckpoint & { tenant: string })[],
): Promise<void> {
  await tx.query(
    `insert into audit_checkpoints (tenant, number, statement, signature)
       select * from unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[])`,
    [
      signed.map(({ tenant }) => tenant),
      signed.map(({ number }) => number),
      signed.map(({ statement }) => statement),
      signed.map(({ signature }) => signature),
    ],
  );
}

export async function lastCheckpoint(
  tx: Transaction,
  tenant: string,
): Promise<NumberedCheckpoint | undefined> {
  const [row] = await tx.query<{ number: string; statement: string; signature: Buffer }>(
    'select number, statement, signature from audit_checkpoints where tenant = $1 order by number desc limit 1',
    [tenant],
  );
  return row && { ...row, number: Number(row.number) };
}

/** Jumps through the index from one tenant to the next, however long the chains are. */
const CHAINS = `with recursive chains(tenant) as (
   (select tenant from audit_events order by tenant limit 1)
   union all
   select (select e.tenant from audit_events e where e.tenant > c.tenant order by e.tenant limit 1)
     from chains c where c.tenant is not null
 )`;

/** The tenants that have a chain. */
export async function chainsOf(tx: Transaction): Promise<string[]> {
  const rows = await tx.query<{ tenant: string }>(
    `${CHAINS} select tenant from chains where tenant is not null
     union select distinct tenant from audit_checkpoints order by tenant`,
  );
  return rows.map(({ tenant }) => tenant);
}

/** Where each chain ends, and the checkpoint that was made of it last. */
export async function endsOfChains(
  tx: Transaction,
): Promise<{ tenant: string; seq: number; hash: Buffer; last: NumberedCheckpoint | undefined }[]> {
  const rows = await tx.query<{
    tenant: string;
    seq: string;
    hash: Buffer;
    number: string | null;
    statement: string;
    signature: Buffer;
  }>(
    `${CHAINS} select c.tenant, e.seq, e.hash, p.number, p.statement, p.signature from chains c
     join lateral (select seq, hash from audit_events where tenant = c.tenant order by seq desc limit 1) e on true
     left join lateral (select * from audit_checkpoints where tenant = c.tenant
                         order by number desc limit 1) p on true order by c.tenant`,
  );
  return rows.map(({ tenant, seq, hash, number, statement, signature }) => ({
    tenant,
    seq: Number(seq),
    hash,
    last: number === null ? undefined : { number: Number(number), statement, signature },
  }));
}
