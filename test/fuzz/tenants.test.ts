import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { get, ingest, post, send, type Sent } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';

/** The same calls in every run; SALLYPORT_FUZZ_SEED and SALLYPORT_FUZZ_SECONDS make it search further. */
const SEED = Number(process.env.SALLYPORT_FUZZ_SEED ?? 20_251_124);
const SECONDS = Number(process.env.SALLYPORT_FUZZ_SECONDS ?? 8);

/** What the attacker knows of the victim's words, and what stands beside it and must never be seen. */
const BAIT = ['Wolkenburg', 'treasury', 'vault', 'kept'];
const SECRETS = {
  text: 'Zqvtext91',
  title: 'Zqvtitle92',
  source: 'zqvsource93',
  field: 'zqvfield94',
  value: 'Zqvvalue95',
  key: 'Zqvkey97',
};

/** The attacker has a group of the same name: it means nothing in another tenant. */
const GROUP = 'treasurers';

describeOnEveryDatabase('whatever one tenant calls, in whatever order', (database) => {
  let server: RunningServer;
  /** Ids of the victim that the attacker has come by, and cursors. */
  const loot: string[] = [];
  let operations: [method: string, path: string][];
  const keys = { victim: '', member: '', attacker: '', attackerQuery: '' };

  beforeAll(async () => {
    server = await startServer({ env: { ...(await database.env()), LOG_LEVEL: 'error' } });
    const make = async (
      tenant: string,
      scopes: string[],
      groups: string[],
      name: string,
    ): Promise<string> => {
      const { body } = await post(server, '/admin/keys', { name, tenant, scopes, groups });
      if (tenant === 'victim') loot.push(body.id as string);
      return body.key as string;
    };
    keys.victim = await make('victim', ['admin'], [], SECRETS.key);
    keys.member = await make('victim', ['query'], [GROUP], SECRETS.key);
    keys.attacker = await make('attacker', ['admin'], [GROUP], 'an attacker');
    keys.attackerQuery = await make('attacker', ['query'], [GROUP], 'another');
    const victim: Sent = { key: keys.victim };
    const texts = [0, 1, 2].map((place) => ({
      text: `What is kept in the treasury vault of the Wolkenburg is ${SECRETS.text}, number ${place}.`,
      title: SECRETS.title,
      source: `${SECRETS.source}/${place}`,
      metadata: { [SECRETS.field]: SECRETS.value },
      groups: place === 0 ? [] : [GROUP],
    }));
    for (const { id } of await ingest(server, texts, victim)) loot.push(id as string);
    const { body } = await post(
      server,
      '/admin/documents',
      { text: `More of ${SECRETS.text} in the vault.` },
      victim,
    );
    loot.push(body.job_id as string);
    const asked = await post(
      server,
      '/query',
      { query: 'What is kept in the treasury vault of the Wolkenburg?' },
      { key: keys.member },
    );
    expect(JSON.stringify(asked.body)).toContain(SECRETS.text);
    for (const path of ['/admin/documents?limit=1', '/admin/keys?limit=1']) {
      const page = await get(server, path, victim);
      if (typeof page.body.next_cursor === 'string') loot.push(page.body.next_cursor as string);
    }
    const { paths } = (await get(server, '/openapi.json')).body as { paths: Record<string, object> };
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method): [string, string] => [method.toUpperCase(), path]),
    );
    await ingest(server, [{ text: 'The attacker keeps nothing in a vault.' }], { key: keys.attacker });
  });
  afterAll(() => server.stop());

  const call = () => {
    const stolen = fc.nat().map((place) => loot[place % loot.length]!);
    const question = fc
      .array(fc.constantFrom(...BAIT, 'what', 'is', 'in', '*', '%', "' or true --"), {
        minLength: 1,
        maxLength: 6,
      })
      .map((words) => words.join(' '));
    const filter = fc.constantFrom(undefined, {}, { source: '%' }, { metadata: { tenant: 'victim' } });
    const client = fc.record({
      client_id: stolen,
      client_secret: fc.constantFrom(keys.attacker, 'sp_000000000000_guess'),
    });
    const bodies: Record<string, fc.Arbitrary<object>> = {
      '/query': fc.record({ query: question, top_k: fc.constantFrom(1, 50), filter, stream: fc.boolean() }),
      '/search': fc.record({ query: question, top_k: fc.constantFrom(1, 50), filter }),
      '/guardrails/check': fc.record({ text: question }),
      '/admin/documents': fc.record({ text: question, source: fc.constantFrom('a', 'b') }),
      '/admin/keys': fc.record({
        name: question,
        scopes: fc.constant(['query']),
        groups: fc.constant([GROUP]),
      }),
      '/token': client,
    };
    const queries = fc.constantFrom(
      '',
      '',
      '?limit=200',
      '?status=indexed',
      '?by=key',
      '?wait=true',
      '?tenant=victim',
    );
    const more = fc.constantFrom({}, {}, {}, { tenant: 'victim' }, { groups: ['admin'] });
    return fc.constantFrom(...operations).chain(([method, path]) =>
      fc.record({
        method: fc.constant(method),
        to: fc
          .tuple(
            stolen,
            method === 'GET'
              ? fc.oneof(
                  queries,
                  stolen.map((one) => `?cursor=${one}`),
                )
              : queries,
          )
          .map(([id, query]) => path.replace(/\{\w+\}/, id) + query),
        json:
          method === 'POST'
            ? fc.tuple(bodies[path] ?? fc.constant({}), more).map(([body, rest]) => ({ ...body, ...rest }))
            : fc.constant(undefined),
        headers: fc.constantFrom(
          {},
          { 'x-tenant': 'victim' },
          { 'x-tenant-id': 'victim', 'x-scope': 'admin' },
        ),
        key: fc.constantFrom(keys.attacker, keys.attacker, keys.attacker, keys.attackerQuery),
      }),
    );
  };

  test(
    'not a byte of another tenant comes back, and nothing of his is changed',
    async () => {
      let calls = 0;
      const statuses = new Map<number, number>();
      await fc.assert(
        fc.asyncProperty(fc.array(call(), { minLength: 1, maxLength: 12 }), async (sequence) => {
          for (const { method, to, json, headers, key } of sequence) {
            const reply = await send(server, method, to, { headers, key, json });
            calls += 1;
            statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
            const came = JSON.stringify(reply.body) + JSON.stringify([...reply.headers]);
            for (const [where, secret] of Object.entries(SECRETS))
              if (came.includes(secret)) throw new Error(`the ${where} came out of ${method} ${to}`);
            for (const id of loot)
              if (came.includes(id) && !JSON.stringify([to, json]).includes(id))
                throw new Error(`an id came out of ${method} ${to}`);
          }
        }),
        { seed: SEED, numRuns: 100_000, interruptAfterTimeLimit: SECONDS * 1_000 },
      );
      console.log(`${calls} calls: ${JSON.stringify(Object.fromEntries(statuses))}`);
      expect(calls).toBeGreaterThan(50);

      const victim: Sent = { key: keys.victim };
      const { documents } = (await get(server, '/admin/documents', victim)).body;
      expect(documents).toHaveLength(4);
      const found = await post(server, '/search', { query: 'Wolkenburg treasury', top_k: 50 }, victim);
      expect(JSON.stringify(found.body)).toContain(SECRETS.text);
      expect((await get(server, '/admin/keys', victim)).body.keys).toMatchObject(
        Array.from({ length: 2 }, () => ({ name: SECRETS.key, status: 'active' })),
      );
    },
    SECONDS * 3_000 + 60_000,
  );
});
