import type { Database, RowScope } from '../db/database.ts';
import { decodeCursor, encodeCursor } from '../db/page-cursor.ts';
import { isUuid } from '../db/uuid.ts';
import type { AuditEvent } from './audit-event.ts';

/** `event` is the name of an event or of an action; times as `toISOString` writes them, `since` included, `until` not. */
export type AuditQuery = {
  user?: string | undefined;
  event?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  limit: number;
  cursor?: string | undefined;
};

export type AuditRecord = { seq: number; hash: string; event: AuditEvent };
export type AuditPage = { records: AuditRecord[]; nextCursor: string | null };

type Row = { seq: string; hash: Buffer; event: string; time: string; id: string };

/**
 * A page of the events of the tenants in `scope`, newest first.
 *
 * @throws AppError `invalid_request` for a cursor that no page gave out
 */
export async function readAudit(db: Database, scope: RowScope, query: AuditQuery): Promise<AuditPage> {
  const { user, event, since, until, limit, cursor } = query;
  const after = cursor === undefined ? undefined : decodeCursor(cursor, isPlace);
  const rows = await db.withScope(scope, (tx) =>
    tx.query<Row>(
      `select seq, hash, event, time, id from audit_events
        where ($1::text is null or subject = $1) and ($2::text is null or name = $2 or action = $2)
          and ($3::text is null or time >= $3) and ($4::text is null or time < $4)
          and ($5::text is null or (time, seq, id) < ($5, $6::bigint, $7::uuid))
        order by time desc, seq desc, id desc limit $8`,
      [
        user ?? null,
        event ?? null,
        since ?? null,
        until ?? null,
        after ? timeOf(after[0]) : null,
        ...(after?.[1].split('/') ?? [null, null]),
        limit + 1,
      ],
    ),
  );
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    records: rows.slice(0, limit).map(({ seq, hash, event: text }) => ({
      seq: Number(seq),
      hash: hash.toString('hex'),
      event: JSON.parse(text) as AuditEvent,
    })),
    nextCursor: last ? encodeCursor([`${Date.parse(last.time)}000`, `${last.seq}/${last.id}`]) : null,
  };
}

/** What makes an order of events of the same millisecond: the place in the chain, then the id. */
function isPlace(text: string): boolean {
  const [seq = '', id = '', ...rest] = text.split('/');
  return /^\d{1,18}$/.test(seq) && isUuid(id) && rest.length === 0;
}

/** A cursor's time is in microseconds, an event's text in milliseconds. */
function timeOf(microseconds: string): string {
  return new Date(Number(microseconds) / 1_000).toISOString();
}
