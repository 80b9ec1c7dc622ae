import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { appendEvents } from '../../src/audit/append-events.ts';
import type { AuditEvent } from '../../src/audit/audit-event.ts';
import { SYSTEM_SCOPE } from '../../src/audit/audit-scope.ts';
import { checkpointLine } from '../../src/audit/checkpoint-line.ts';
import { readExpectations } from '../../src/audit/expectations.ts';
import { exportLines } from '../../src/audit/export-audit.ts';
import { pruneAudit } from '../../src/audit/prune-audit.ts';
import { signEnds } from '../../src/audit/sign-ends.ts';
import { openSigningKey } from '../../src/audit/signing-key.ts';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import { verifyExport } from '../../src/audit/verify-export.ts';
import { parseSettings } from '../../src/config/load.ts';
import { openDatabase, type Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { collect } from '../support/http.ts';

const TENANT = 'red';
const DAY_MS = 86_400_000;
const DAYS = 12;
const KEPT_DAYS = 7;
const EVENTS_A_DAY = 10;
const START_MS = Date.parse('2031-05-01T00:00:00Z');
const key = openSigningKey(undefined, createHash('sha256').update('of this test').digest());

const dayAt = (day: number): Date => new Date(START_MS + day * DAY_MS);
const event = (time: Date): AuditEvent => ({
  id: randomUUID(),
  time: time.toISOString(),
  event: 'request',
  action: 'query',
  outcome: 'success',
  tenant: TENANT,
  status: 200,
});

describeOnEveryDatabase('an audit log whose old events are removed day by day', (database) => {
  let env: Record<string, string>;
  let db: Database;
  const shipped: string[] = [];
  const publicKeys = [key.publicKey];
  const verified: boolean[] = [];
  beforeAll(async () => {
    env = await database.env();
    db = await openDatabase(parseSettings({ NODE_ENV: 'test', ...env }));
    await migrate(db);
    for (let day = 0; day < DAYS; day += 1) {
      await appendEvents(
        db,
        Array.from({ length: EVENTS_A_DAY }, () => event(dayAt(day))),
      );
      const { checkpoints } = await signEnds(db, key, { publicKeys });
      const pruned = await pruneAudit(db, key, dayAt(day - KEPT_DAYS));
      shipped.push(...[...checkpoints, ...pruned.checkpoints].map(checkpointLine));
      verified.push((await verify()).ok);
    }
  });
  afterAll(() => db.close());

  const verify = async (...elsewhere: string[]) =>
    verifyAudit(db, SYSTEM_SCOPE, {
      publicKeys,
      ...(elsewhere.length > 0 ? { expected: await readExpectations(elsewhere, publicKeys) } : {}),
    });

  test('is whole after each time, with what is left of it', async () => {
    expect(verified).toEqual(Array.from({ length: DAYS }, () => true));
    expect(await verify()).toMatchObject({ ok: true, records: EVENTS_A_DAY * (KEPT_DAYS + 1) });
  });

  test('is whole against every checkpoint that was ever kept elsewhere', async () => {
    expect(shipped.length).toBeGreaterThan(DAYS);
    expect(await verify(...shipped)).toMatchObject({ ok: true });
  });

  test('has exports, of all and of some days, that can be verified', async () => {
    const part = { since: dayAt(DAYS - 4).toISOString(), until: dayAt(DAYS - 1).toISOString() };
    for (const range of [{}, part]) {
      const lines = await collect(exportLines(db, SYSTEM_SCOPE, range, { signingKey: key, publicKeys }));
      expect(await verifyExport(lines, publicKeys)).toMatchObject({ ok: true });
    }
  });

  test('keeps no more checkpoints than it needs', async () => {
    const [{ count } = { count: '' }] = await asOwner({ env }, (sql) =>
      sql<{ count: string }>('select count(*) from audit_checkpoints'),
    );
    expect(Number(count)).toBeLessThan(shipped.length);
  });

  test('does not hide behind its policy what somebody else removes', async () => {
    await asOwner({ env }, (sql) =>
      sql('delete from audit_events where seq in (select min(seq) from audit_events)'),
    );
    expect((await verify()).firstBad).toMatchObject({ reason: 'missing' });
    await asOwner({ env }, async (sql) => {
      await sql('delete from audit_events');
      await sql('delete from audit_checkpoints');
    });
    expect((await verify(...shipped)).firstBad).toMatchObject({ reason: 'checkpoint' });
  });
});
