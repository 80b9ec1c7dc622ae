import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { appendEvents } from '../../src/audit/append-events.ts';
import type { AuditEvent } from '../../src/audit/audit-event.ts';
import { SYSTEM_SCOPE } from '../../src/audit/audit-scope.ts';
import { recordHash } from '../../src/audit/chain.ts';
import { checkpointLine } from '../../src/audit/checkpoint-line.ts';
import { readExpectations } from '../../src/audit/expectations.ts';
import { exportLines, type ExportRange } from '../../src/audit/export-audit.ts';
import { pruneAudit } from '../../src/audit/prune-audit.ts';
import { signEnds } from '../../src/audit/sign-ends.ts';
import { openSigningKey, type SigningKey } from '../../src/audit/signing-key.ts';
import { verifyExport } from '../../src/audit/verify-export.ts';
import { parseSettings } from '../../src/config/load.ts';
import { managing, openDatabase, type Database, type RowScope } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { collect } from '../support/http.ts';

const keyOf = (name: string) => openSigningKey(undefined, createHash('sha256').update(name).digest());
const key = keyOf('the first');
const nextKey = keyOf('the next');
const START_MS = Date.parse('2031-05-01T00:00:00Z');
const MINUTE_MS = 60_000;
const timeAt = (minute: number) => new Date(START_MS + minute * MINUTE_MS).toISOString();
const event = (tenant: string, minute: number): AuditEvent => ({
  id: randomUUID(),
  time: timeAt(minute),
  event: 'request',
  action: 'query',
  outcome: 'success',
  tenant,
  status: 200,
});
const events = (tenant: string, from: number, until: number) =>
  Array.from({ length: until - from }, (_, nth) => event(tenant, from + nth));

type Line = { tenant: string; seq: number; previous: string; hash: string; event: unknown };
const isRecord = (line: string, tenant?: string) =>
  line.startsWith(tenant === undefined ? '{"tenant":' : `{"tenant":"${tenant}"`);
const isCheckpoint = (line: string, tenant = '') =>
  line.startsWith('{"checkpoint":') && line.includes(`"tenant":"${tenant}`);

describeOnEveryDatabase('an export of the audit log', (database) => {
  let db: Database;
  let lines: string[];
  const shipped: string[] = [];
  beforeAll(async () => {
    db = await openDatabase(parseSettings({ NODE_ENV: 'test', ...(await database.env()) }));
    await migrate(db);
    await appendEvents(db, [...events('red', 0, 10), ...events('blue', 0, 5)]);
    await sign(key);
    await appendEvents(db, events('red', 10, 20));
    await sign(key);
    // Newer than the last checkpoint.
    await appendEvents(db, events('red', 20, 23));
    lines = await exported();
  });
  afterAll(() => db.close());

  const sign = async (signingKey: SigningKey) => {
    const { checkpoints } = await signEnds(db, signingKey, {
      publicKeys: [signingKey.publicKey, key.publicKey],
    });
    shipped.push(...checkpoints.map(checkpointLine));
  };
  const exported = (range: ExportRange = {}, scope: RowScope = SYSTEM_SCOPE, signingKey = key) =>
    collect(exportLines(db, scope, range, { signingKey, publicKeys: [key.publicKey] }));
  const verify = (some: string[], keys = [key]) =>
    verifyExport(
      some,
      keys.map(({ publicKey }) => publicKey),
    );
  /** A history that is sound in itself, from a record on. */
  const rehashed = (from: number): string[] => {
    let previous: string | undefined;
    return lines.map((line) => {
      if (!isRecord(line, 'red')) return line;
      const record = JSON.parse(line) as Line;
      if (record.seq < from) return line;
      previous ??= record.previous;
      const text = line.slice(line.indexOf('"event":') + 8, -1).replace('"status":200', '"status":403');
      const hash = recordHash(Buffer.from(previous, 'hex'), 'red', record.seq, text).toString('hex');
      const made = `{"tenant":"red","seq":${record.seq},"previous":"${previous}","hash":"${hash}","event":${text}}`;
      previous = hash;
      return made;
    });
  };

  test('begins with a header and ends with a trailer, both signed, that say what is in it', async () => {
    const [header, trailer] = [lines[0]!, lines.at(-1)!].map((line) => JSON.parse(line));
    const chains = [
      { tenant: 'blue', first: { seq: 1 }, last: { seq: 5 } },
      { tenant: 'red', first: { seq: 1 }, last: { seq: 23 } },
    ];
    const both = { since: null, until: null, tenant: null, chains, key_id: key.keyId };
    expect(header).toMatchObject({ header: both, signature: expect.any(String) });
    expect(trailer).toMatchObject({ trailer: { ...both, records: 28 }, signature: expect.any(String) });
    expect(await verify(lines)).toMatchObject({
      ...{ ok: true, signed: true, records: 28, chains: 2, faults: [] },
      afterCheckpoint: 3,
    });
  });

  const tampering: [string, () => string[], Record<string, unknown>][] = [
    ['its header', () => lines.slice(1), { signed: false }],
    [
      'its header and the first records',
      () => lines.filter((line, nth) => nth > 0 && !/^\{"tenant":"red","seq":[1-5],/.test(line)),
      { signed: false, firstBad: { tenant: 'red', seq: 1, reason: 'missing' } },
    ],
    [
      'the first records',
      () => lines.filter((line) => !/^\{"tenant":"red","seq":[1-5],/.test(line)),
      { firstBad: { tenant: 'red', seq: 1, reason: 'missing' } },
    ],
    [
      'a whole tenant',
      () => lines.filter((line) => !isRecord(line, 'blue') && !isCheckpoint(line, 'blue')),
      { firstBad: { tenant: 'blue', seq: 1 } },
    ],
    [
      'all records',
      () => lines.filter((line) => !isRecord(line)),
      { firstBad: { tenant: 'blue', seq: 1, reason: 'truncated' } },
    ],
    [
      'all records and all checkpoints',
      () => [lines[0]!, lines.at(-1)!],
      { firstBad: { tenant: 'blue', seq: 1 } },
    ],
    [
      'the checkpoints',
      () => lines.filter((line) => !isCheckpoint(line)),
      { firstBad: { tenant: 'blue', reason: 'checkpoint' } },
    ],
    [
      'a checkpoint of several',
      () => lines.filter((line) => !(isCheckpoint(line, 'red') && line.includes('"number":1,'))),
      { firstBad: { tenant: 'red', reason: 'checkpoint' } },
    ],
    ['its trailer', () => lines.slice(0, -1), { signed: false, faults: [] }],
    [
      'its end, with the trailer',
      () => lines.slice(0, -4),
      { signed: false, firstBad: { tenant: 'red', seq: 21, reason: 'truncated' } },
    ],
    [
      'nothing, and has rehashed the newest records',
      () => rehashed(22),
      { signed: true, firstBad: { tenant: 'red', reason: 'forked' } },
    ],
    [
      'the checkpoints, of records that were rehashed',
      () => rehashed(4).filter((line) => !isCheckpoint(line, 'red')),
      { signed: true, firstBad: { tenant: 'red' } },
    ],
    [
      'checkpoints, header and trailer, of records that were rehashed',
      () => rehashed(4).filter((line) => isRecord(line)),
      { signed: false, faults: [] },
    ],
    ['everything', () => [], { signed: false, records: 0 }],
  ];
  test.each(tampering)('from which somebody removed %s is not whole', async (_, tampered, found) => {
    const told = await verify(tampered());
    expect(told.ok).toBe(false);
    expect(told).toMatchObject(found);
  });

  test('is not whole with a chain that its header does not name', async () => {
    const more = lines.map((line) => line.replaceAll('"tenant":"blue"', '"tenant":"new"'));
    const mixed = [...lines.slice(0, -1), ...more.filter((line) => isRecord(line, 'new')), lines.at(-1)!];
    expect((await verify(mixed)).faults).toMatchObject([{ tenant: 'new', seq: 1 }]);
  });

  test('is not signed where its header or trailer was changed, or is of another export or key', async () => {
    const other = await exported();
    const forged = lines[0]!.replace('"until":null', '"until":"2031-05-02T00:00:00.000Z"');
    for (const [some, keys] of [
      [lines.with(0, forged), [key]],
      [lines.with(-1, other.at(-1)!), [key]],
      [lines.with(-1, lines[0]!.replace('"header"', '"trailer"')), [key]],
      [lines, [nextKey]],
    ] as const) {
      const told = await verify([...some], [...keys]).catch(() => ({ ok: false, signed: false }));
      expect(told).toMatchObject({ ok: false, signed: false });
    }
  });

  test.each(['ecs', 'jsonl of another program'])('what is none is said to be none: %s', async (format) => {
    const line = format === 'ecs' ? '{"@timestamp":"2031-05-01T00:00:00Z","event":{}}' : 'a line';
    await expect(verify([line])).rejects.toThrow(/Line 1 .* ecs and ocsf cannot be verified/);
    await expect(verify([...lines, ...lines])).rejects.toThrow(/behind the trailer/);
  });

  describe('of a part', () => {
    const range = { since: timeAt(4), until: timeAt(15) };
    test('is verified as that part', async () => {
      const part = await exported(range);
      expect(await verify(part)).toMatchObject({ ok: true, signed: true, records: 12, of: range });
      const cut = part.filter((line) => !line.includes('"seq":8,"previous"'));
      expect((await verify(cut)).firstBad).toMatchObject({ seq: 8, reason: 'missing' });
      expect(await verify(part.filter((line) => !isRecord(line, 'blue')))).toMatchObject({ ok: false });
    });

    test('a tenant of its own, which names no other', async () => {
      const own = await exported({}, managing('red'));
      expect(await verify(own)).toMatchObject({ ok: true, records: 23, of: { tenant: 'red' } });
      expect(own.join('\n')).not.toContain('blue');
    });

    test('a tenant, or a time, in which nothing happened', async () => {
      for (const nothing of [await exported({}, managing('none')), await exported({ since: timeAt(900) })])
        expect(await verify(nothing)).toMatchObject({ ok: true, signed: true, records: 0 });
    });
  });

  describe('held to what was kept elsewhere', () => {
    const against = async (some: string[], expected: string[], keys = [key]) => {
      const publicKeys = keys.map(({ publicKey }) => publicKey);
      return verifyExport(some, publicKeys, await readExpectations(expected, publicKeys));
    };

    test('an earlier export, shipped checkpoints, both of it or of a part', async () => {
      const log = ['some other line', ...shipped.map((line) => line.replace('{', '{"level":"info",'))];
      const part = await exported({ since: timeAt(4), until: timeAt(15) });
      for (const expected of [lines, log, part, [lines.at(-1)!]])
        for (const some of [
          await exported(),
          await exported({ since: timeAt(4) }),
          await exported({}, managing('red')),
        ])
          expect(await against(some, expected)).toMatchObject({ ok: true });
    });

    test('is found to lack what one of them promises', async () => {
      const others = await openOther();
      const anew = await collect(
        exportLines(others, SYSTEM_SCOPE, {}, { signingKey: key, publicKeys: [key.publicKey] }),
      );
      await others.close();
      expect(await verify(anew)).toMatchObject({ ok: true });
      for (const expected of [lines, shipped, [lines[0]!]]) {
        const { ok, faults } = await against(anew, expected);
        expect([ok, faults.map(({ tenant }) => tenant).sort()]).toEqual([false, ['blue', 'red']]);
      }
    });

    /** The log of a database that its owner has emptied, and which began anew. */
    const openOther = async () => {
      const other = await openDatabase(parseSettings({ NODE_ENV: 'test', ...(await database.env()) }));
      await migrate(other);
      await appendEvents(other, events('red', 0, 30));
      await signEnds(other, key, { publicKeys: [key.publicKey] });
      return other;
    };

    test('a file that promises nothing, or what a stranger signed, is an error', async () => {
      const publicKeys = [key.publicKey];
      await expect(readExpectations(['no line of ours'], publicKeys)).rejects.toThrow(/holds no checkpoint/);
      await expect(readExpectations(lines, [nextKey.publicKey])).rejects.toThrow(/line 1 is not signed/);
      await expect(readExpectations(shipped, [nextKey.publicKey])).rejects.toThrow(/line 1 is not signed/);
    });
  });

  test('goes on being whole when the key is rotated and old records are removed', async () => {
    await appendEvents(db, events('red', 23, 30));
    await sign(nextKey);
    const rotated = await exported({}, SYSTEM_SCOPE, nextKey);
    expect(await verify(rotated, [nextKey, key])).toMatchObject({ ok: true, signed: true });
    expect(await verify(rotated, [nextKey])).toMatchObject({ ok: false });
    await pruneAudit(db, nextKey, new Date(timeAt(12)));
    await sign(nextKey);
    const pruned = await exported({}, SYSTEM_SCOPE, nextKey);
    const publicKeys = [nextKey.publicKey, key.publicKey];
    for (const expected of [lines, shipped])
      expect(
        await verifyExport(pruned, publicKeys, await readExpectations(expected, publicKeys)),
      ).toMatchObject({ ok: true, signed: true });
  });
});
