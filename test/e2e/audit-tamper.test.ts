import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { appendEvents } from '../../src/audit/append-events.ts';
import { SYSTEM_SCOPE } from '../../src/audit/audit-scope.ts';
import type { AuditEvent } from '../../src/audit/audit-event.ts';
import { recordHash } from '../../src/audit/chain.ts';
import { checkpointLine } from '../../src/audit/checkpoint-line.ts';
import { readExpectations } from '../../src/audit/expectations.ts';
import { exportLines } from '../../src/audit/export-audit.ts';
import { pruneAudit } from '../../src/audit/prune-audit.ts';
import { signEnds, type Signed } from '../../src/audit/sign-ends.ts';
import { openSigningKey } from '../../src/audit/signing-key.ts';
import type { Verification } from '../../src/audit/verification.ts';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import { verifyExport } from '../../src/audit/verify-export.ts';
import { parseSettings } from '../../src/config/load.ts';
import { openDatabase, type Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { asOwner, describeOnEveryDatabase, type Sql } from '../support/databases.ts';
import { collect } from '../support/http.ts';

const TENANT = 'red';
const SIGNED_FIRST = 10;
const SIGNED_LAST = 20;
const RECORDS = 25;
const key = openSigningKey(undefined, createHash('sha256').update('of this test').digest());
const strangersKey = openSigningKey(undefined, createHash('sha256').update('of a stranger').digest());

const event = (nth: number, tenant = TENANT, minutesAgo = 0): AuditEvent => ({
  id: randomUUID(),
  time: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
  event: 'request',
  action: 'query',
  outcome: 'success',
  tenant,
  status: 200,
  latency_ms: nth,
});
const events = (count: number, tenant?: string) =>
  Array.from({ length: count }, (_, nth) => event(nth, tenant));

describeOnEveryDatabase('an audit log that its owner tampers with', (database) => {
  let env: Record<string, string>;
  let db: Database;
  let shipped: string[];
  let first: Signed;
  let last: Signed;
  beforeAll(async () => {
    env = await database.env();
    db = await openDatabase(parseSettings({ NODE_ENV: 'test', ...env }));
    await migrate(db);
    await appendEvents(db, [...events(SIGNED_FIRST), ...events(3, 'blue')]);
    first = await sign();
    await owner((sql) => sql('create table list_first as select * from audit_chain_list'));
    await appendEvents(db, events(SIGNED_LAST - SIGNED_FIRST));
    last = await sign();
    shipped = [...first.checkpoints, ...last.checkpoints].map(checkpointLine);
    await appendEvents(db, events(RECORDS - SIGNED_LAST));
    await owner(async (sql) => {
      await sql('create table events_before as select tenant, seq, previous, hash, event from audit_events');
      await sql('create table checkpoints_before as select * from audit_checkpoints');
      await sql('create table list_before as select * from audit_chain_list');
    });
  });
  beforeEach(() =>
    owner(async (sql) => {
      await sql('delete from audit_events');
      await sql('delete from audit_checkpoints');
      // What forbids two of them in one place, or twice the same, is no obstacle for the owner.
      await sql('alter table audit_events drop constraint if exists audit_events_pkey');
      await sql('drop index if exists audit_events_by_id');
      await sql('insert into audit_events (tenant, seq, previous, hash, event) select * from events_before');
      await sql('insert into audit_checkpoints select * from checkpoints_before');
      await sql('delete from audit_chain_list');
      await sql('insert into audit_chain_list select * from list_before');
    }),
  );
  const found: Record<string, string>[] = [];
  afterAll(async () => {
    console.table(found);
    await db.close();
  });

  const owner = <Result>(work: (sql: Sql) => Promise<Result>) => asOwner({ env }, work);
  const publicKeys = [key.publicKey];
  const sign = (remembered?: Signed) => signEnds(db, key, { publicKeys, remembered: remembered?.list });
  const verify = async (...elsewhere: string[]): Promise<Verification> => {
    const expected = elsewhere.length > 0 ? await readExpectations(elsewhere, publicKeys) : undefined;
    return verifyAudit(db, SYSTEM_SCOPE, { publicKeys, ...(expected ? { expected } : {}) });
  };
  const exported = () => collect(exportLines(db, SYSTEM_SCOPE, {}, { signingKey: key, publicKeys }));
  const rows = (sql: Sql) =>
    sql<{ seq: string; previous: Buffer; hash: Buffer; event: string }>(
      'select seq, previous, hash, event from audit_events where tenant = $1 order by seq',
      [TENANT],
    );
  const lie = (text: string) => text.replace('"status":200', '"status":403');
  /** Makes a history of its own from a record on, sound in itself. */
  const rewriteFrom = async (sql: Sql, from: number) => {
    let previous: Buffer | undefined;
    for (const row of await rows(sql)) {
      const seq = Number(row.seq);
      if (seq < from) continue;
      previous ??= row.previous;
      const text = seq === from ? lie(row.event) : row.event;
      const hash = recordHash(previous, TENANT, seq, text);
      await sql(
        'update audit_events set previous = $3, hash = $4, event = $5 where tenant = $1 and seq = $2',
        [...[TENANT, seq, previous, hash, text]],
      );
      previous = hash;
    }
  };
  const update = (seq: number, set: string) => (sql: Sql) =>
    sql(`update audit_events set ${set} where tenant = $1 and seq = $2`, [TENANT, seq]);
  const swap = (columns: string[], a: number, b: number) => (sql: Sql) =>
    sql(
      `update audit_events e set ${columns.map((name) => `${name} = o.${name}`).join(', ')} from events_before o
        where e.tenant = $1 and o.tenant = $1 and (e.seq, o.seq) in (($2, $3), ($3, $2))`,
      [TENANT, a, b],
    );

  test('is whole to begin with', async () => {
    expect(await verify()).toEqual({
      ...{ ok: true, signed: true, unsigned: [], records: RECORDS + 3, chains: 2, faults: [] },
      afterCheckpoint: RECORDS - SIGNED_LAST,
    });
  });

  const tampering: [string, (sql: Sql) => Promise<unknown>, number, string][] = [
    ['edits an event', update(7, `event = replace(event, '"status":200', '"status":403')`), 7, 'edited'],
    [
      'edits the last event',
      update(RECORDS, `event = replace(event, 'success', 'denied')`),
      RECORDS,
      'edited',
    ],
    ['edits a hash', update(7, "hash = sha256('x')"), 7, 'edited'],
    [
      'edits an event and its hash',
      async (sql) => {
        const row = (await rows(sql))[6]!;
        const text = lie(row.event);
        await sql('update audit_events set event = $3, hash = $4 where tenant = $1 and seq = $2', [
          ...[TENANT, 7, text, recordHash(row.previous, TENANT, 7, text)],
        ]);
      },
      7,
      'edited',
    ],
    [
      'deletes one',
      (sql) => sql('delete from audit_events where tenant = $1 and seq = 7', [TENANT]),
      7,
      'missing',
    ],
    [
      'deletes the first',
      (sql) => sql('delete from audit_events where tenant = $1 and seq = 1', [TENANT]),
      1,
      'missing',
    ],
    ['swaps two neighbours', swap(['event'], 7, 8), 7, 'reordered'],
    ['swaps two that are far apart', swap(['event'], 4, 18), 4, 'reordered'],
    ['swaps two with their hashes', swap(['event', 'hash', 'previous'], 7, 12), 7, 'reordered'],
    [
      'moves an event into the gap of another',
      async (sql) => {
        await sql('delete from audit_events where tenant = $1 and seq = 7', [TENANT]);
        await sql('update audit_events set seq = seq - 1 where tenant = $1 and seq > 7', [TENANT]);
      },
      7,
      'reordered',
    ],
    [
      'truncates behind a checkpoint',
      (sql) => sql('delete from audit_events where tenant = $1 and seq > 15', [TENANT]),
      16,
      'truncated',
    ],
    [
      'removes a whole chain',
      (sql) => sql('delete from audit_events where tenant = $1', [TENANT]),
      1,
      'truncated',
    ],
    [
      'forks: a second record claims a place',
      (sql) =>
        sql(
          `insert into audit_events (tenant, seq, previous, hash, event)
           select tenant, seq, previous, hash, replace(event, left(event::jsonb ->> 'id', 8), '99999999')
             from audit_events where tenant = $1 and seq = 7`,
          [TENANT],
        ),
      7,
      'forked',
    ],
    ['rewrites history from a record on', (sql) => rewriteFrom(sql, 14), SIGNED_FIRST + 1, 'forked'],
    [
      'edits a checkpoint',
      (sql) =>
        sql(
          `update audit_checkpoints set statement = replace(statement, '"seq":20', '"seq":19') where tenant = $1`,
          [TENANT],
        ),
      19,
      'checkpoint',
    ],
    [
      'signs with a key of its own',
      (sql) =>
        sql('update audit_checkpoints set signature = $2 where tenant = $1 and number = 2', [
          TENANT,
          strangersKey.sign('anything'),
        ]),
      SIGNED_FIRST + 1,
      'checkpoint',
    ],
  ];
  test.each(tampering)('who %s is found out', async (what, tamper, seq, reason) => {
    await owner(tamper);
    const { ok, firstBad } = await verify();
    const lines = await exported();
    const offline = await verifyExport(lines, publicKeys).then(
      ({ firstBad: bad }) => (bad ? `${bad.reason} at ${bad.seq}` : 'nothing'),
      (error: unknown) => (error as Error).message,
    );
    found.push({ 'who…': what, verify: `${firstBad?.reason} at ${firstBad?.seq}`, 'of an export': offline });
    expect(ok).toBe(false);
    expect(firstBad).toMatchObject({ tenant: TENANT, reason });
    if (reason !== 'checkpoint') expect(firstBad!.seq).toBe(seq);
    expect(offline).toBe(`${firstBad!.reason} at ${firstBad!.seq}`);
  });

  describe('and removes what was signed with it', () => {
    const removeEnd = async (sql: Sql) => {
      await sql('delete from audit_events where tenant = $1 and seq > 12', [TENANT]);
      await sql('delete from audit_checkpoints where tenant = $1 and number = 2', [TENANT]);
    };
    const removeChain = async (sql: Sql) => {
      await sql('delete from audit_events where tenant = $1', [TENANT]);
      await sql('delete from audit_checkpoints where tenant = $1', [TENANT]);
    };
    const rehash = async (sql: Sql) => {
      await sql('delete from audit_checkpoints where tenant = $1', [TENANT]);
      await rewriteFrom(sql, 5);
    };
    const goesOn = async () => {
      await appendEvents(db, events(RECORDS));
      await sign();
    };
    test.each([
      ['the end', removeEnd, 13, 'truncated'],
      ['a whole chain', removeChain, 1, 'truncated'],
      ['checkpoints, and makes a history of its own', rehash, 1, 'forked'],
    ] as const)(
      '%s: the list of all chains tells, also after the next signing',
      async (_, tamper, seq, reason) => {
        await owner(tamper);
        expect(await verify()).toMatchObject({ ok: false, firstBad: { tenant: TENANT, seq, reason } });
        expect(await verifyExport(await exported(), publicKeys)).toMatchObject({
          ok: false,
          firstBad: { tenant: TENANT, seq, reason },
        });
        await goesOn();
        expect(await verify()).toMatchObject({ ok: false, signed: true, firstBad: { tenant: TENANT } });
        expect((await sign()).broken).toEqual([]);
      },
    );

    test('the list too: it is not signed, and a server that goes on says what it remembers', async () => {
      await owner(removeChain);
      await owner((sql) => sql('delete from audit_chain_list'));
      expect(await verify()).toMatchObject({ ok: false, signed: false });
      await sign(last);
      expect(await verify()).toMatchObject({
        ok: false,
        signed: true,
        firstBad: { tenant: TENANT, reason: 'truncated' },
      });
    });

    test.each([
      ['removes the list', 'delete from audit_chain_list', false],
      [
        'puts an old list in its place',
        'update audit_chain_list set (statement, signature) = (select statement, signature from list_first)',
        true,
      ],
    ])(
      'or %s: checkpoints of others name a newer one, and nobody signs over it',
      async (_, tamper, signed) => {
        await owner(async (sql) => {
          await sql("delete from audit_events where tenant = 'blue'");
          await sql("delete from audit_checkpoints where tenant = 'blue'");
          await sql(tamper);
        });
        for (let nth = 0; nth < 3; nth += 1) {
          await appendEvents(db, events(1, 'green'));
          expect(await sign()).toMatchObject({ isListChanged: true });
          expect(await verify()).toMatchObject({ ok: false, signed });
        }
      },
    );

    test('all of it, and begins anew: only what was kept elsewhere tells', async () => {
      const kept = await exported();
      await owner(async (sql) => {
        await sql('delete from audit_events');
        await sql('delete from audit_checkpoints');
        await sql('delete from audit_chain_list');
      });
      await appendEvents(db, events(RECORDS + 10));
      await sign();
      expect(await verify()).toMatchObject({ ok: true, signed: true });
      const forked = { ok: false, firstBad: { tenant: 'blue', seq: 1, reason: 'truncated' } };
      expect(await verify(...shipped)).toMatchObject(forked);
      expect(await verify(...kept)).toMatchObject(forked);
      expect(await verify(kept.at(-1)!)).toMatchObject(forked);
    });

    test('and a list that somebody else signed is not taken, and not replaced', async () => {
      await owner(removeChain);
      await owner((sql) =>
        sql('update audit_chain_list set signature = $1', [strangersKey.sign('anything')]),
      );
      await appendEvents(db, events(3, 'blue'));
      expect(await sign()).toMatchObject({ isListChanged: true });
      expect(await verify()).toMatchObject({ ok: false, signed: false });
    });
  });

  test('who removes what is old, by the policy, leaves a log that is whole', async () => {
    const before = new Date(Date.now() + 1_000);
    const { removed } = await pruneAudit(db, key, before);
    expect(removed).toBe(RECORDS - 1 + 2);
    expect(await verify()).toMatchObject({ ok: true, records: 2 });
    await appendEvents(db, events(5));
    await sign();
    expect(await verify()).toMatchObject({ ok: true, records: 7 });
    await owner((sql) => sql('delete from audit_events where tenant = $1 and seq = $2', [TENANT, RECORDS]));
    expect((await verify()).firstBad).toMatchObject({ seq: RECORDS, reason: 'missing' });
  });

  test('part of an export is checked from where it begins, and is not signed', async () => {
    const lines = await exported();
    const part = lines.filter((line) => line.includes('"event"')).slice(5);
    expect(await verifyExport(part, publicKeys)).toMatchObject({ ok: false, signed: false, faults: [] });
    const changed = part.map((line, nth) => (nth === 3 ? lie(line) : line));
    expect((await verifyExport(changed, publicKeys)).faults).toHaveLength(1);
  });

  test('a line of an export that says two things is not verified by one of them', async () => {
    const lines = await exported();
    const at = lines.findIndex((line) => line.includes('"seq":7,') && line.includes(`"tenant":"${TENANT}"`));
    const [good, name] = [lines[at]!, '"event":{'];
    for (const bad of [
      good.replace(name, `${name}"status":403,`),
      good.replace(name, `"event":{"status":403},${name}`),
      good.replace('"seq":7,', '"seq":6,"seq":7,'),
    ]) {
      const { firstBad } = await verifyExport(lines.with(at, bad), publicKeys);
      expect(firstBad).toMatchObject({ tenant: TENANT, seq: 7, reason: 'edited' });
    }
  });

  describe('and the application itself', () => {
    test.each([
      'update audit_events set event = event',
      'delete from audit_events',
      'truncate audit_events',
      'update audit_checkpoints set statement = statement',
      'delete from audit_checkpoints',
      'update audit_chain_list set statement = statement',
      'delete from audit_chain_list',
      'alter table audit_events disable row level security',
    ])('may not: %s', async (statement) => {
      await expect(db.withScope(SYSTEM_SCOPE, (tx) => tx.query(statement))).rejects.toMatchObject({
        code: '42501',
      });
    });

    test('appends from several writers at once to chains without a gap or a fork', async () => {
      const other = await openDatabase(parseSettings({ NODE_ENV: 'test', ...env }));
      const appends = Array.from({ length: 30 }, (_, nth) =>
        appendEvents(nth % 2 === 0 ? db : other, [...events(3, 'green'), ...events(2, `green-${nth % 3}`)]),
      );
      await Promise.all(appends);
      await other.close();
      await sign();
      expect(await verify()).toMatchObject({ ok: true, chains: 6, records: RECORDS + 3 + 150 });
    });
  });
});
