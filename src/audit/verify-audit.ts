import type { KeyObject } from 'node:crypto';
import type { Database, RowScope } from '../db/database.ts';
import { readChain } from './read-chain.ts';
import { chainsOf } from './checkpoint-store.ts';
import { readStatement, type Checkpoint } from './checkpoint.ts';
import { checkCheckpoints } from './sound-checkpoints.ts';
import { createChainVerifier, type ChainVerifier, type Fault } from './verify-chain.ts';

/** `firstBad` is that of the first chain (by tenant) that has one. */
export type Verification = {
  ok: boolean;
  records: number;
  chains: number;
  faults: Fault[];
  firstBad?: Fault;
};

export type VerifyOptions = {
  /** Of everybody who may have signed. */
  publicKeys: readonly KeyObject[];
  /** Checkpoints that were kept elsewhere. */
  shipped?: readonly Checkpoint[];
};

/** Checks every chain of the tenants in `scope`, from its beginning to the end that it has now. */
export async function verifyAudit(
  db: Database,
  scope: RowScope,
  { publicKeys, shipped = [] }: VerifyOptions,
): Promise<Verification> {
  const kept = await db.withScope(scope, (tx) =>
    tx.query<Checkpoint & { tenant: string }>(
      'select tenant, statement, signature from audit_checkpoints order by tenant, number',
    ),
  );
  const stored = await db.withScope(scope, (tx) => chainsOf(tx));
  const shippedOf = Map.groupBy(shipped, ({ statement }) => readStatement(statement).tenant);
  const visible = (tenant: string) => scope.everyTenant === true || tenant === scope.tenant;
  const tenants = new Set([...stored, ...[...shippedOf.keys()].filter(visible)]);
  const keptOf = Map.groupBy(kept, ({ tenant }) => tenant);
  const chains: { verifier: ChainVerifier; fault: Fault | undefined }[] = [];
  const remaining = [...tenants].entries();
  const verifyInTurn = async () => {
    for (const [place, tenant] of remaining) {
      const some = { kept: keptOf.get(tenant) ?? [], shipped: shippedOf.get(tenant) };
      const { statements, fault } = checkCheckpoints(tenant, some, publicKeys);
      const verifier = createChainVerifier(tenant, statements);
      chains[place] = { verifier, fault };
      for await (const records of readChain(db, scope, tenant)) for (const one of records) verifier.push(one);
    }
  };
  // Two at a time: one is read while the other is verified.
  await Promise.all([verifyInTurn(), verifyInTurn()]);
  return summarise(chains);
}

/** What all chains come to. */
export function summarise(
  chains: readonly { verifier: ChainVerifier; fault: Fault | undefined }[],
): Verification {
  const faults = chains.flatMap(({ verifier, fault }) => earlier(verifier.end(), fault) ?? []);
  const records = chains.reduce((sum, { verifier }) => sum + verifier.records, 0);
  const [firstBad] = faults;
  return { ok: !firstBad, records, chains: chains.length, faults, ...(firstBad ? { firstBad } : {}) };
}

function earlier(ofRecords: Fault | undefined, ofCheckpoints: Fault | undefined): Fault | undefined {
  if (!ofRecords || !ofCheckpoints) return ofRecords ?? ofCheckpoints;
  return ofRecords.seq <= ofCheckpoints.seq ? ofRecords : ofCheckpoints;
}
