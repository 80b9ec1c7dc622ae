import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually, get, ingest, post, remove, type Reply, type Sent } from '../support/http.ts';
import { makeKey, searchStatus } from '../support/keys.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { tablesHolding } from '../support/traces.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

const KEY = /^sp_[a-f0-9]{12}_[A-Za-z0-9_-]{32}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const soon = (ms: number) => new Date(Date.now() + ms).toISOString();

describeOnEveryDatabase('API keys', (database) => {
  const redAdmin: Sent = { token: signToken({ tenant: 'red', scope: 'admin' }) };
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ env: { ...JWT_ENV, LOG_LEVEL: 'silly', ...(await database.env()) } });
  });
  afterAll(() => server.stop());

  const statusOf = (sent: Sent) => searchStatus(server, sent);
  const listed = async (id: string, sent?: Sent): Promise<Reply['body']> =>
    (await get(server, '/admin/keys?limit=200', sent)).body.keys.find((key: { id: string }) => key.id === id);
  const rotate = (id: string, body: object = {}, sent?: Sent) =>
    post(server, `/admin/keys/${id}/rotate`, body, sent);

  describe('a new key', () => {
    test('is shown once, with all that is known of it', async () => {
      const expires = soon(3_600_000);
      const { status, headers, body } = await post(server, '/admin/keys', {
        name: 'the night shift',
        scopes: ['ingest', 'query'],
        groups: ['night'],
        tenant: 'red',
        expires_at: expires,
        requests_per_minute: 7,
        budget_usd_per_day: 0.25,
      });
      expect(status).toBe(201);
      expect(headers.get('cache-control')).toBe('no-store');
      const shown = {
        id: expect.stringMatching(/^[a-f0-9]{12}$/),
        name: 'the night shift',
        tenant: 'red',
        scopes: ['ingest', 'query'],
        groups: ['night'],
        created_at: expect.stringMatching(TIME),
        expires_at: expires,
        last_used_at: null,
        revoked_at: null,
        status: 'active',
        requests_per_minute: 7,
        budget_usd_per_day: 0.25,
      };
      expect(body).toEqual({ ...shown, key: expect.stringMatching(KEY) });
      expect(body.key.split('_')[1]).toBe(body.id);
      expect(await listed(body.id)).toEqual(shown);
    });

    test('is for the tenant of who made it, in no group, without an end or limits, unless it says so', async () => {
      expect(await makeKey(server, {}, redAdmin)).toMatchObject({
        tenant: 'red',
        groups: [],
        expires_at: null,
        requests_per_minute: null,
        budget_usd_per_day: null,
      });
      expect(await makeKey(server)).toMatchObject({ tenant: 'default' });
    });

    test('opens at once what its scopes allow, and nothing else', async () => {
      const { key } = await makeKey(server);
      expect(await statusOf({ key })).toBe(200);
      expectProblem(await get(server, '/admin/documents', { key }), 403, 'forbidden');
      expectProblem(await get(server, '/admin/keys', { key }), 403, 'forbidden');
    });

    test('finds what its tenant and its groups may see', async () => {
      await ingest(server, [{ text: 'The moat of green is deep.' }], {
        token: signToken({ tenant: 'green' }),
      });
      await ingest(server, [{ text: 'The moat of green has a bridge.', groups: ['guards'] }], {
        token: signToken({ tenant: 'green' }),
      });
      const found = async (fields: Record<string, unknown>) => {
        const { key } = await makeKey(server, fields);
        return (await post(server, '/search', { query: 'moat of green' }, { key })).body.chunks.length;
      };
      expect(await found({ tenant: 'green' })).toBe(1);
      expect(await found({ tenant: 'green', groups: ['guards'] })).toBe(2);
      expect(await found({ tenant: 'blue', groups: ['guards'] })).toBe(0);
    });

    test.each<[string, Record<string, unknown>]>([
      ['no name', { name: undefined }],
      ['a blank name', { name: '  ' }],
      ['a name of 201 characters', { name: 'a'.repeat(201) }],
      ['a name that no database can hold', { name: 'a\0b' }],
      ['no scope', { scopes: [] }],
      ['a scope nobody knows', { scopes: ['everything'] }],
      ['a scope twice', { scopes: ['query', 'query'] }],
      ['a tenant without a name', { tenant: '' }],
      ['a tenant of 101 characters', { tenant: 'a'.repeat(101) }],
      ['half of a surrogate pair as its tenant', { tenant: '\ud800' }],
      ['a group without a name', { groups: [''] }],
      ['an end in the past', { expires_at: '2020-01-01T00:00:00Z' }],
      ['an end without a time zone', { expires_at: '2090-01-01T00:00:00' }],
      ['an end on a day that is none', { expires_at: '2090-02-30T00:00:00Z' }],
      ['an end beyond the calendar', { expires_at: '9999-12-31T23:59:59-23:00' }],
      ['no requests at all', { requests_per_minute: 0 }],
      ['half a request', { requests_per_minute: 1.5 }],
      ['more requests than can be counted', { requests_per_minute: 2 ** 31 }],
      ['a budget below nothing', { budget_usd_per_day: -1 }],
      ['a field nobody knows', { is_global: true }],
      ['an id of its own', { id: 'abcdefabcdef' }],
    ])('with %s is refused', async (_name, fields) => {
      const reply = await post(server, '/admin/keys', { name: 'a', scopes: ['query'], ...fields });
      expectProblem(reply, 400, 'invalid_request');
    });
  });

  describe('the list', () => {
    test('is newest first, page by page, each key once', async () => {
      const token = signToken({ tenant: 'paged', scope: 'admin' });
      const made: string[] = [];
      for (const name of ['one', 'two', 'three', 'four', 'five'])
        made.unshift((await makeKey(server, { name }, { token })).id);
      const seen: string[] = [];
      let cursor = '';
      do {
        const { body } = await get(server, `/admin/keys?limit=2${cursor}`, { token });
        seen.push(...body.keys.map(({ id }: { id: string }) => id));
        cursor = body.next_cursor === null ? '' : `&cursor=${body.next_cursor}`;
      } while (cursor !== '');
      expect(seen).toEqual(made);
    });

    test.each(['x', 'WyIxIiwiJyJd', '%00', 'bnVsbA'])('has no page at %s', async (cursor) => {
      expectProblem(await get(server, `/admin/keys?cursor=${cursor}`), 400, 'invalid_request');
    });
  });

  describe('an administrator of one tenant', () => {
    let other: Reply['body'];
    beforeAll(async () => (other = await makeKey(server, { tenant: 'blue' })));

    test('makes keys for that tenant alone', async () => {
      expect((await makeKey(server, { tenant: 'red' }, redAdmin)).tenant).toBe('red');
      const reply = await post(
        server,
        '/admin/keys',
        { name: 'a', scopes: ['query'], tenant: 'blue' },
        redAdmin,
      );
      expectProblem(reply, 403, 'forbidden');
    });

    test('sees, rotates and revokes no key of another, and cannot tell that it exists', async () => {
      const { keys } = (await get(server, '/admin/keys?limit=200', redAdmin)).body;
      expect(new Set(keys.map(({ tenant }: { tenant: string }) => tenant))).toEqual(new Set(['red']));
      for (const id of [other.id, 'ffffffffffff']) {
        const replies = [await rotate(id, {}, redAdmin), await remove(server, `/admin/keys/${id}`, redAdmin)];
        for (const reply of replies) {
          expectProblem(reply, 404, 'not_found');
          expect(reply.body.detail).toBe('There is no such key.');
        }
      }
      expect(await statusOf({ key: other.key })).toBe(200);
    });

    test('is bound also when a key with scope admin makes him one', async () => {
      const { key } = await makeKey(server, { tenant: 'red', scopes: ['admin'] });
      expect(await listed(other.id, { key })).toBeUndefined();
      expectProblem(await remove(server, `/admin/keys/${other.id}`, { key }), 404, 'not_found');
      const reply = await post(
        server,
        '/admin/keys',
        { name: 'a', scopes: ['admin'], tenant: 'blue' },
        { key },
      );
      expectProblem(reply, 403, 'forbidden');
      expect((await makeKey(server, {}, { key })).tenant).toBe('red');
    });
  });

  test('the admin key of the settings sees every tenant', async () => {
    const { id } = await makeKey(server, {}, redAdmin);
    expect(await listed(id)).toMatchObject({ tenant: 'red' });
    expect((await rotate(id)).status).toBe(200);
    expect((await remove(server, `/admin/keys/${id}`)).status).toBe(204);
  });

  describe('a revoked key', () => {
    test('opens no more from that moment, and may be revoked again', async () => {
      const { id, key } = await makeKey(server);
      expect(await statusOf({ key })).toBe(200);
      expect((await remove(server, `/admin/keys/${id}`)).status).toBe(204);
      expect(await statusOf({ key })).toBe(401);
      const { revoked_at } = await listed(id);
      expect((await remove(server, `/admin/keys/${id}`)).status).toBe(204);
      expect(await listed(id)).toMatchObject({ status: 'revoked', revoked_at });
      expectProblem(await rotate(id), 409, 'conflict');
    });

    test.each(['ffffffffffff', 'env-12345678', 'x', "'", 'A'.repeat(100)])(
      '404: nothing is revoked at %s',
      async (id) => {
        expectProblem(await remove(server, `/admin/keys/${id}`), 404, 'not_found');
        expectProblem(await rotate(id), 404, 'not_found');
      },
    );
  });

  describe('a rotated key', () => {
    test('keeps its id and all it may do, and its old secret opens no more', async () => {
      const { key: old, ...before } = await makeKey(server, { groups: ['a'], requests_per_minute: 600 });
      expect(await statusOf({ key: old })).toBe(200);
      const { status, body } = await rotate(before.id);
      expect(status).toBe(200);
      const { key, ...after } = body;
      expect(after).toEqual({ ...before, last_used_at: after.last_used_at });
      expect(key).toMatch(KEY);
      expect(key.split('_')[1]).toBe(before.id);
      expect([await statusOf({ key }), await statusOf({ key: old })]).toEqual([200, 401]);
    });

    test('has two secrets until the overlap ends', async () => {
      const { id, key: first } = await makeKey(server);
      const { key: second } = (await rotate(id, { overlap_seconds: 2 })).body;
      expect([await statusOf({ key: first }), await statusOf({ key: second })]).toEqual([200, 200]);
      await eventually(async () => (await statusOf({ key: first })) === 401, {
        what: 'the end of the overlap',
      });
      expect(await statusOf({ key: second })).toBe(200);
    });

    test('never has three: a second rotation ends the first secret, overlap or not', async () => {
      const { id, key: first } = await makeKey(server);
      const { key: second } = (await rotate(id, { overlap_seconds: 600 })).body;
      const { key: third } = (await rotate(id, { overlap_seconds: 600 })).body;
      expect(await Promise.all([first, second, third].map((key) => statusOf({ key })))).toEqual([
        401, 200, 200,
      ]);
      const { key: fourth } = (await rotate(id)).body;
      expect(await Promise.all([first, second, third, fourth].map((key) => statusOf({ key })))).toEqual([
        401, 401, 401, 200,
      ]);
    });

    test('has one secret, whoever rotates it at the same time', async () => {
      const { id } = await makeKey(server);
      const replies = await Promise.all(Array.from({ length: 6 }, () => rotate(id)));
      const statuses = await Promise.all(replies.map(({ body }) => statusOf({ key: body.key })));
      expect(statuses.sort()).toEqual([200, 401, 401, 401, 401, 401]);
    });

    test.each([-1, 0.5, 30 * 24 * 3600 + 1, '60'])(
      'has no overlap of %p seconds',
      async (overlap_seconds) => {
        const { id } = await makeKey(server);
        expectProblem(await rotate(id, { overlap_seconds }), 400, 'invalid_request');
      },
    );
  });

  test('a key with an end opens until then, and cannot be rotated back to life', async () => {
    const { id, key } = await makeKey(server, { expires_at: soon(2_000) });
    expect(await statusOf({ key })).toBe(200);
    await eventually(async () => (await statusOf({ key })) === 401, { what: 'the end of the key' });
    expect(await listed(id)).toMatchObject({ status: 'expired', revoked_at: null });
    expectProblem(await rotate(id), 409, 'conflict');
  });

  test('a key says when it was used last', async () => {
    const { id, key, created_at } = await makeKey(server);
    expect((await listed(id)).last_used_at).toBeNull();
    await statusOf({ key });
    const used = await eventually(
      async () => ((await listed(id)).last_used_at as string | null) ?? undefined,
    );
    expect(used >= created_at).toBe(true);
  });

  test('a key that was refused was not used', async () => {
    const { id, key } = await makeKey(server);
    await statusOf({ key: `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}` });
    await statusOf({ key: (await makeKey(server)).key });
    expect((await listed(id)).last_used_at).toBeNull();
  });

  describe('a wrong key', () => {
    const told = async (key: string) => {
      const reply = await get(server, '/admin/documents', { key });
      expectProblem(reply, 401, 'unauthenticated');
      return reply.body.detail as string;
    };

    test('is told the same, whether its id exists or not', async () => {
      const { id, key } = await makeKey(server, { scopes: ['admin'] });
      const secret = key.split('_').slice(2).join('_') as string;
      const others = (await makeKey(server, { scopes: ['admin'] })).key
        .split('_')
        .slice(2)
        .join('_') as string;
      const details = [];
      for (const wrong of [
        `sp_${id}_${'A'.repeat(32)}`,
        `sp_${id}_${others}`,
        `sp_${id}_${secret.slice(0, -1)}`,
        `sp_${id}_${secret}A`,
        `sp_${id.slice(0, 8)}_${secret}`,
        `sp_ffffffffffff_${secret}`,
        `SP_${id}_${secret}`,
        key.toUpperCase(),
        id,
        secret,
        `${key},${key}`,
      ])
        details.push(await told(wrong));
      expect(new Set(details).size).toBe(1);
      expect((await get(server, '/admin/documents', { key })).status).toBe(200);
    });

    test('is refused whatever it is made of', async () => {
      const { id } = await makeKey(server);
      // What the client can send in a header: Latin-1 without control characters.
      const characters = [...Array(0x100).keys()].filter(
        (code) => code > 0x20 && (code < 0x7f || code > 0xa0),
      );
      const pieces = fc.oneof(
        fc.constantFrom('sp_', '_', id, id.slice(0, 8), "' or 1=1 --", '%', '\\', 'A'.repeat(32), 'Bearer '),
        fc.string({
          minLength: 1,
          maxLength: 40,
          unit: fc.constantFrom(...characters.map((code) => String.fromCharCode(code))),
        }),
      );
      const keys = fc.array(pieces, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
      await fc.assert(
        fc.asyncProperty(keys, async (key) => {
          expect((await get(server, '/admin/documents', { key })).status).toBe(401);
        }),
        { numRuns: 150 },
      );
    });
  });

  test('no secret is kept or told again: not in the list, the log or a table', async () => {
    const { id, key } = await makeKey(server, { name: 'kept secret' });
    const { key: rotated } = (await rotate(id, { overlap_seconds: 60 })).body;
    for (const sent of [{ key }, { key: rotated }]) expect(await statusOf(sent)).toBe(200);
    const secrets = [key, rotated].map((whole: string) => whole.split('_').slice(2).join('_'));
    const list = JSON.stringify((await get(server, '/admin/keys?limit=200')).body);
    expect(list).toContain(id);
    await eventually(async () => server.output().includes(id), { what: 'the log' });
    expect(await tablesHolding(server, [id])).toEqual({ [id]: ['api_keys', 'audit_events'] });
    for (const secret of secrets) {
      expect(list).not.toContain(secret);
      expect(server.output()).not.toContain(secret);
    }
    expect(await tablesHolding(server, secrets)).toEqual({});
    const [row] = await asOwner(server, (sql) =>
      sql<{ mac: Buffer }>('select mac from api_keys where id = $1', [id]),
    );
    expect(row!.mac).toHaveLength(32);
  });

  test('a pepper that is set later takes keys over as they are rotated', async () => {
    const { id, key: old } = await makeKey(server);
    const { key: untouched } = await makeKey(server);
    const env = { ...server.env, API_KEY_PEPPER: 'a pepper that the tests alone know of' };
    const peppered = await startServer({ env });
    expect(await searchStatus(peppered, { key: old })).toBe(200);
    const { key } = (await post(peppered, `/admin/keys/${id}/rotate`, { overlap_seconds: 60 })).body;
    const { key: fresh } = await makeKey(peppered);
    for (const each of [old, untouched, key, fresh])
      expect(await searchStatus(peppered, { key: each })).toBe(200);
    await peppered.stop();
    expect([await statusOf({ key }), await statusOf({ key: fresh }), await statusOf({ key: old })]).toEqual([
      401, 401, 200,
    ]);
  });
});
