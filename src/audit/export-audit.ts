import type { Database, RowScope } from '../db/database.ts';
import { readStatement, type Checkpoint } from './checkpoint.ts';
import { checkpointLine } from './checkpoint-line.ts';
import { chainsOf } from './checkpoint-store.ts';
import { readChain } from './read-chain.ts';
import type { StoredEvent } from './stored-event.ts';

/** Times as `toISOString` writes them, `since` included, `until` not. */
export type ExportRange = { since?: string | undefined; until?: string | undefined };

/**
 * The records of a time range, chain by chain, each chain from its first record of the range to its last without a gap (so
 * a few of another time may be among them), behind the checkpoints that sign it there. Holds one page in memory.
 */
export async function* exportChains(
  db: Database,
  scope: RowScope,
  { since, until }: ExportRange,
): AsyncGenerator<Checkpoint[] | StoredEvent[], void> {
  const isWhole = since === undefined && until === undefined;
  for (const tenant of await db.withScope(scope, (tx) => chainsOf(tx))) {
    const { first, last, checkpoints } = await db.withScope(scope, async (tx) => {
      // First: what is signed by now is among the records that are read after it.
      const signed = await tx.query<Checkpoint>(
        'select statement, signature from audit_checkpoints where tenant = $1 order by number',
        [tenant],
      );
      const [range] = await tx.query<{ first: string | null; last: string | null }>(
        `select min(seq) as first, max(seq) as last from audit_events
          where tenant = $1 and ($2::text is null or time >= $2) and ($3::text is null or time < $3)`,
        [tenant, since ?? null, until ?? null],
      );
      return { first: Number(range?.first ?? 0), last: Number(range?.last ?? 0), checkpoints: signed };
    });
    yield isWhole ? checkpoints : signedWithin(checkpoints, first - 1, last);
    if (first > 0) yield* readChain(db, scope, tenant, { after: first - 1, upTo: last });
  }
}

/** Those of ends in this range, and all that was signed between them: each names the one before it. */
function signedWithin(checkpoints: Checkpoint[], first: number, last: number): Checkpoint[] {
  const isWithin = ({ statement }: Checkpoint) => {
    const { kind, seq } = readStatement(statement);
    return kind === 'end' && seq >= first && seq <= last;
  };
  const from = checkpoints.findIndex(isWithin);
  return from === -1 ? [] : checkpoints.slice(from, checkpoints.findLastIndex(isWithin) + 1);
}

/** As lines that `verifyExport` can check: first `{"export":{"since","until"}}`, then `{"checkpoint":...,"signature":...}` or `{"tenant","seq","previous","hash","event"}`. */
export async function* exportLines(
  db: Database,
  scope: RowScope,
  range: ExportRange,
): AsyncGenerator<string, void> {
  yield JSON.stringify({ export: { since: range.since ?? null, until: range.until ?? null } });
  for await (const some of exportChains(db, scope, range))
    for (const one of some) yield 'event' in one ? recordLine(one) : checkpointLine(one);
}

/** The event stands in it as it was hashed. */
function recordLine({ tenant, seq, previous, hash, event }: StoredEvent): string {
  return `{"tenant":${JSON.stringify(tenant)},"seq":${seq},"previous":"${previous.toString('hex')}","hash":"${hash.toString('hex')}","event":${event}}`;
}
