import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { get, post, remove, type Sent } from '../support/http.ts';
import { expectConsistentIndex } from '../support/index-consistency.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

type Step = { tenant: string; source: string; words: string[] | null; groups: string[]; waits: boolean };

const step: fc.Arbitrary<Step> = fc.record({
  tenant: fc.constantFrom('red', 'blue'),
  source: fc.constantFrom('a', 'b', 'c', 'd'),
  // Null: the document of that source is deleted. Few words, so that texts are alike and sometimes the same.
  words: fc.option(
    fc.array(fc.constantFrom('otter', 'heron', 'newt', 'reed'), { minLength: 1, maxLength: 4 }),
  ),
  groups: fc.subarray(['few']),
  waits: fc.boolean(),
});

describeOnEveryDatabase('the statistics that ranking rests on', (database) => {
  let server: RunningServer;
  beforeAll(async () => (server = await startServer({ env: { ...JWT_ENV, ...(await database.env()) } })));
  afterAll(() => server.stop());

  const take = async ({ tenant, source, words, groups, waits }: Step) => {
    const sent: Sent = { token: signToken({ tenant }) };
    if (words !== null) {
      const text = words.join(' ').repeat(words.length === 4 ? 200 : 1);
      const reply = await post(server, `/admin/documents?wait=${waits}`, { text, source, groups }, sent);
      expect([201, 202]).toContain(reply.status);
      return;
    }
    const { documents } = (await get(server, `/admin/documents?source=${source}`, sent)).body;
    for (const { id } of documents)
      expect([204, 404]).toContain((await remove(server, `/admin/documents/${id}`, sent)).status);
  };
  const settle = async () => {
    for (const tenant of ['red', 'blue'])
      await post(
        server,
        '/admin/documents?wait=true',
        { text: 'The last of its queue.' },
        { token: signToken({ tenant }) },
      );
  };

  test('stay true, whatever is ingested, replaced and deleted in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        for (const one of steps) await take(one);
        await settle();
        await expectConsistentIndex(server);
      }),
      { numRuns: 4, seed: 20_251_123, endOnFailure: true },
    );
  });

  test('stay true when all of it happens at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 16 }), async (steps) => {
        await Promise.all(steps.map(take));
        await settle();
        await expectConsistentIndex(server);
      }),
      { numRuns: 3, seed: 20_251_124, endOnFailure: true },
    );
  });
});
