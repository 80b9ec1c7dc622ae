import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeOnEveryDatabase } from '../support/databases.ts';
import { get, ingest, post, send } from '../support/http.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import { JWT_ENV, signToken } from '../support/tokens.ts';

const QUEUED = 1_000;

describeOnEveryDatabase('two tenants that ingest at once', (database) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ env: { ...JWT_ENV, ...(await database.env()) } });
  });
  afterAll(() => server.stop());

  const as = (tenant: string) => ({ token: signToken({ tenant, scope: 'ingest query' }) });
  const accepted = async (tenant: string, body: unknown): Promise<string> => {
    const { status, body: said } = await post(server, '/admin/documents', body, as(tenant));
    expect(status).toBe(202);
    return said.job_id as string;
  };
  const leftOf = async (tenant: string, jobs: string[]) => {
    const states = await Promise.all(jobs.map((job) => get(server, `/admin/jobs/${job}`, as(tenant))));
    return states.reduce((left, { body }) => left + (body.total as number) - (body.done as number), 0);
  };
  /** How long it takes until a sentence is found. */
  const searchableAfterMs = async (tenant: string, word: string) => {
    const started = performance.now();
    await ingest(server, [{ text: `The ${word} is ripe.` }], as(tenant));
    const { body } = await post(server, '/search', { query: word }, as(tenant));
    expect(body.chunks[0].text).toBe(`The ${word} is ripe.`);
    return performance.now() - started;
  };
  const say = (what: string, ms: number) =>
    process.stdout.write(`${database.name}: ${what}, a sentence took ${(ms / 1_000).toFixed(1)} s\n`);

  test('take turns: a sentence does not wait for a job of a thousand documents', async () => {
    const text = (place: number) =>
      `Leaf ${place} of the ledger names ${place * 3} sacks of grain. `.repeat(5);
    const job = await accepted('red', {
      documents: Array.from({ length: QUEUED }, (_, place) => ({
        text: text(place),
        source: `leaf ${place}`,
      })),
    });
    const tookMs = await searchableAfterMs('blue', 'quince');
    const left = await leftOf('red', [job]);
    say(`with ${left} of ${QUEUED} documents of another's job left`, tookMs);
    expect(left).toBeGreaterThan(QUEUED / 2);
    // One after the other, the sentence would have waited for all of them.
    expect(tookMs).toBeLessThan(15_000);
  }, 120_000);

  test('take turns: a sentence does not wait for large texts, one job each', async () => {
    const paragraphs = Array.from({ length: 1_500 }, (_, line) => `Line ${line} counts ${line * 7} barrels.`);
    const jobs: string[] = [];
    for (let place = 0; place < 12; place += 1)
      jobs.push(await accepted('red', { text: `Volume ${place}.\n\n${paragraphs.join('\n\n')}` }));
    const tookMs = await searchableAfterMs('blue', 'medlar');
    const left = await leftOf('red', jobs);
    say(`with ${left} of ${jobs.length} large texts of another left`, tookMs);
    expect(left).toBeGreaterThanOrEqual(jobs.length / 2);
  }, 120_000);

  test('take turns at the parsers: a file does not wait for two uploads of twenty', async () => {
    const page = `<p>${'A row of the table. '.repeat(20_000)}</p>`;
    const upload = (tenant: string, files: number, text: string) => {
      const form = new FormData();
      for (let place = 0; place < files; place += 1)
        form.append('file', new Blob([`<h1>${place}</h1>${text}`]), `${place}.html`);
      return send(server, 'POST', '/admin/documents', { ...as(tenant), form });
    };
    const order: string[] = [];
    const many = [1, 2].map(async () => {
      const reply = await upload('red', 20, page);
      order.push('red');
      return reply;
    });
    await new Promise((wait) => setTimeout(wait, 300));
    const one = await upload('blue', 1, '<p>The sloe is blue.</p>');
    order.push('blue');
    expect([one, ...(await Promise.all(many))].map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(order).toEqual(['blue', 'red', 'red']);
  }, 120_000);
});
