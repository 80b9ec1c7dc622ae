import type { KeyObject } from 'node:crypto';
import type { Database, RowScope } from '../db/database.ts';
import { SYSTEM_SCOPE } from './audit-scope.ts';
import { soundChainList } from './chain-list.ts';
import type { Checkpoint } from './checkpoint.ts';
import { chainsOf } from './checkpoint-store.ts';
import { NOTHING_EXPECTED, type Expectations } from './expectations.ts';
import { readChain } from './read-chain.ts';
import { checkCheckpoints } from './sound-checkpoints.ts';
import { summarise, type Verification, type VerifiedChain } from './verification.ts';
import { createChainVerifier } from './verify-chain.ts';

export type VerifyOptions = {
  /** Of everybody who may have signed. */
  publicKeys: readonly KeyObject[];
  /** What was kept elsewhere. */
  expected?: Expectations;
};

/** Checks every chain of the tenants in `scope`, from its beginning to the end that it has now. */
export async function verifyAudit(
  db: Database,
  scope: RowScope,
  { publicKeys, expected = NOTHING_EXPECTED }: VerifyOptions,
): Promise<Verification> {
  const { list, keptOf } = await readSigned(db, scope);
  const known = list && soundChainList(list, publicKeys);
  const stored = await db.withScope(scope, (tx) => chainsOf(tx));
  const visible = (tenant: string) => scope.everyTenant === true || tenant === scope.tenant;
  const elsewhere = [...(known?.ends.keys() ?? []), ...expected.tenants].filter(visible);
  const chains: VerifiedChain[] = [];
  const remaining = [...new Set([...stored, ...elsewhere])].sort().entries();
  const verifyInTurn = async () => {
    for (const [place, tenant] of remaining) {
      const said = {
        kept: keptOf.get(tenant) ?? [],
        listed: known?.ends.get(tenant),
        ...expected.of(tenant),
      };
      const { points, fault } = checkCheckpoints(tenant, said, publicKeys, known?.number);
      const verifier = createChainVerifier(tenant, points);
      chains[place] = { verifier, fault };
      for await (const records of readChain(db, scope, tenant)) for (const one of records) verifier.push(one);
    }
  };
  // Two at a time: one is read while the other is verified.
  await Promise.all([verifyInTurn(), verifyInTurn()]);
  const verified = summarise(chains, []);
  return summarise(chains, whyUnsigned(list !== undefined, known !== undefined, verified));
}

function whyUnsigned(
  isThere: boolean,
  isSound: boolean,
  { records, afterCheckpoint }: Verification,
): string[] {
  if (!isThere) return ['no list of all chains was signed yet'];
  if (!isSound) return ['the list of all chains is not signed by a key that is known here'];
  return records > 0 && records === afterCheckpoint ? ['no checkpoint signs any of its records'] : [];
}

/** The list and the checkpoints, as they were at one moment. */
async function readSigned(
  db: Database,
  scope: RowScope,
): Promise<{ list: Checkpoint | undefined; keptOf: Map<string, Checkpoint[]> }> {
  const rows = await db.withScope(SYSTEM_SCOPE, (tx) =>
    tx.query<Checkpoint & { tenant: string | null }>(
      `select tenant, statement, signature from (
         select null as tenant, 0 as number, statement, signature from audit_chain_list
         union all select tenant, number, statement, signature from audit_checkpoints
                    where $1::text is null or tenant = $1) s
       order by tenant, number`,
      [scope.everyTenant === true ? null : scope.tenant],
    ),
  );
  const keptOf = new Map<string, Checkpoint[]>();
  let list: Checkpoint | undefined;
  for (const { tenant, ...signed } of rows) {
    if (tenant === null) list = signed;
    else if (!keptOf.get(tenant)?.push(signed)) keptOf.set(tenant, [signed]);
  }
  return { list, keptOf };
}
