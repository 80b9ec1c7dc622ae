import type { Database, RowScope } from '../db/database.ts';
import type { StoredEvent } from './stored-event.ts';

const PAGE = 5_000;

/**
 * The records of a chain in their order, in pages. Where several claim one place (which the database forbids, unless its
 * owner has lifted that), all of them come.
 */
export async function* readChain(
  db: Database,
  scope: RowScope,
  tenant: string,
  { after = 0, upTo }: { after?: number; upTo?: number } = {},
): AsyncGenerator<StoredEvent[], void> {
  const read = async (from: number): Promise<StoredEvent[]> => {
    const rows = await db.withScope(scope, (tx) =>
      tx.query<Omit<StoredEvent, 'seq' | 'tenant'> & { seq: string }>(
        `select seq, previous, hash, event from audit_events
          where tenant = $1 and seq > $2 and ($3::bigint is null or seq <= $3) order by seq fetch first ${PAGE} rows with ties`,
        [tenant, from, upTo ?? null],
      ),
    );
    return rows.map(({ seq, previous, hash, event }) => ({
      tenant,
      seq: Number(seq),
      previous,
      hash,
      event,
    }));
  };
  for (let next = read(after); ;) {
    const records = await next;
    const isLast = records.length < PAGE;
    if (!isLast) {
      // Read while the ones before are looked at; whether it failed is asked at the next turn.
      next = read(records.at(-1)!.seq);
      next.catch(() => undefined);
    }
    if (records.length > 0) yield records;
    if (isLast) return;
  }
}
