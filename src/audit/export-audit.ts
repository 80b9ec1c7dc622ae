import type { KeyObject } from 'node:crypto';
import type { Database, RowScope, Transaction } from '../db/database.ts';
import { AppError } from '../errors/app-error.ts';
import { SYSTEM_SCOPE } from './audit-scope.ts';
import { readChainList, type ChainList } from './chain-list.ts';
import { readStatement, type Checkpoint } from './checkpoint.ts';
import { checkpointLine } from './checkpoint-line.ts';
import { chainsOf } from './checkpoint-store.ts';
import { headerLine, trailerLine, type ExportedChain } from './export-seal.ts';
import { readChain } from './read-chain.ts';
import type { SigningKey } from './signing-key.ts';
import type { StoredEvent } from './stored-event.ts';

/** Times as `toISOString` writes them, `since` included, `until` not. */
export type ExportRange = { since?: string | undefined; until?: string | undefined };

export type ExportKeys = {
  /** Signs what the export holds. */
  signingKey: SigningKey;
  /** Of everybody who may have signed the list of all chains. */
  publicKeys: readonly KeyObject[];
};

/**
 * The records of a time range, chain by chain, each chain from its first record of the range to its last without a gap (so
 * a few of another time may be among them), behind the checkpoints that sign it there. Holds one page in memory.
 *
 * @throws AppError `conflict` where retention removes what is being read
 */
export async function* readRecords(
  db: Database,
  scope: RowScope,
  chains: readonly ExportedChain[],
): AsyncGenerator<StoredEvent[], void> {
  for (const chain of chains) yield* recordsOf(db, scope, chain);
}

async function* recordsOf(
  db: Database,
  scope: RowScope,
  { tenant, first, last }: ExportedChain,
): AsyncGenerator<StoredEvent[], void> {
  if (!first || !last) return;
  let isFirst = true;
  for await (const records of readChain(db, scope, tenant, { after: first.seq - 1, upTo: last.seq })) {
    if (isFirst && records[0]!.seq !== first.seq) throw removedMeanwhile();
    isFirst = false;
    yield records;
  }
  if (isFirst) throw removedMeanwhile();
}

/** What an export of this range holds, chain by chain. */
export async function chainsWithin(
  db: Database,
  scope: RowScope,
  range: ExportRange,
  publicKeys: readonly KeyObject[],
): Promise<ExportedChain[]> {
  // First: what it says is among what is read after it.
  const list = await db.withScope(SYSTEM_SCOPE, (tx) => readChainList(tx, publicKeys));
  const known: ChainList['ends'] = list === undefined || list === 'unsound' ? new Map() : list.ends;
  const stored = await db.withScope(scope, (tx) => chainsOf(tx));
  const visible = (tenant: string) => scope.everyTenant === true || tenant === scope.tenant;
  const tenants = [...new Set([...stored, ...[...known.keys()].filter(visible)])].sort();
  const chains: ExportedChain[] = [];
  for (const tenant of tenants) {
    const end = known.get(tenant);
    const listed = end ? { number: end.number, seq: end.seq, hash: end.hash } : null;
    const held = await db.withScope(scope, (tx) => chainWithin(tx, tenant, range));
    if (held.first || held.checkpoints || isWhole(range)) chains.push({ tenant, ...held, listed });
  }
  return chains;
}

async function chainWithin(
  tx: Transaction,
  tenant: string,
  range: ExportRange,
): Promise<Pick<ExportedChain, 'first' | 'last' | 'checkpoints'>> {
  const rows = await tx.query<{ seq: string; hash: Buffer }>(
    `select e.seq, e.hash from audit_events e,
       (select min(seq) as first, max(seq) as last from audit_events
         where tenant = $1 and ($2::text is null or time >= $2) and ($3::text is null or time < $3)) r
      where e.tenant = $1 and e.seq in (r.first, r.last) order by e.seq`,
    [tenant, range.since ?? null, range.until ?? null],
  );
  const places = rows.map(({ seq, hash }) => ({ seq: Number(seq), hash: hash.toString('hex') }));
  const [first = null] = places;
  const last = places.at(-1) ?? null;
  const checkpoints = isWhole(range)
    ? await allCheckpoints(tx, tenant)
    : await checkpointsWithin(tx, tenant, (first?.seq ?? 0) - 1, last?.seq ?? 0);
  return { first, last, checkpoints };
}

type Numbers = ExportedChain['checkpoints'];

async function allCheckpoints(tx: Transaction, tenant: string): Promise<Numbers> {
  const [row] = await tx.query<{ first: string | null; last: string }>(
    'select min(number) as first, max(number) as last from audit_checkpoints where tenant = $1',
    [tenant],
  );
  return row?.first == null ? null : { first: Number(row.first), last: Number(row.last) };
}

/** Those of ends in this range, and all that was signed between them: each names the one before it. */
async function checkpointsWithin(
  tx: Transaction,
  tenant: string,
  first: number,
  last: number,
): Promise<Numbers> {
  const kept = await tx.query<{ number: string; statement: string }>(
    'select number, statement from audit_checkpoints where tenant = $1 order by number',
    [tenant],
  );
  const within = kept.filter(({ statement }) => {
    const seq = seqOfEnd(statement);
    return seq !== undefined && seq >= first && seq <= last;
  });
  const [from, to] = [within[0], within.at(-1)];
  return from && to ? { first: Number(from.number), last: Number(to.number) } : null;
}

/** Undefined for what is no checkpoint of an end, or none at all any more. */
function seqOfEnd(statement: string): number | undefined {
  try {
    const { kind, seq } = readStatement(statement);
    return kind === 'end' ? seq : undefined;
  } catch {
    return undefined;
  }
}

function isWhole({ since, until }: ExportRange): boolean {
  return since === undefined && until === undefined;
}

/**
 * As lines that `verifyExport` can check: a signed header that says what is in it, of each chain its checkpoints
 * (`{"checkpoint":...,"signature":...}`) and records (`{"tenant","seq","previous","hash","event"}`), and a signed trailer.
 */
export async function* exportLines(
  db: Database,
  scope: RowScope,
  range: ExportRange,
  { signingKey, publicKeys }: ExportKeys,
): AsyncGenerator<string, void> {
  const chains = await chainsWithin(db, scope, range, publicKeys);
  const holds = {
    since: range.since ?? null,
    until: range.until ?? null,
    tenant: scope.everyTenant === true ? null : scope.tenant,
    chains,
  };
  const header = headerLine(signingKey, holds);
  yield header.line;
  let records = 0;
  for (const chain of chains) {
    for (const one of await checkpointsOf(db, scope, chain)) yield checkpointLine(one);
    for await (const some of recordsOf(db, scope, chain)) {
      records += some.length;
      for (const one of some) yield recordLine(one);
    }
  }
  yield trailerLine(signingKey, { ...holds, records, header: header.hash }).line;
}

async function checkpointsOf(
  db: Database,
  scope: RowScope,
  { tenant, checkpoints }: ExportedChain,
): Promise<Checkpoint[]> {
  if (!checkpoints) return [];
  return db.withScope(scope, (tx) =>
    tx.query<Checkpoint>(
      'select statement, signature from audit_checkpoints where tenant = $1 and number between $2 and $3 order by number',
      [tenant, checkpoints.first, checkpoints.last],
    ),
  );
}

/** The event stands in it as it was hashed. */
function recordLine({ tenant, seq, previous, hash, event }: StoredEvent): string {
  return `{"tenant":${JSON.stringify(tenant)},"seq":${seq},"previous":"${previous.toString('hex')}","hash":"${hash.toString('hex')}","event":${event}}`;
}

function removedMeanwhile(): AppError {
  return new AppError('conflict', 'Old audit events were removed meanwhile: export again.');
}
