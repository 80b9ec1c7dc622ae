import { expect, test } from '@jest/globals';
import { asOwner, describeOnEveryDatabase } from '../support/databases.ts';
import { eventually, get, ingest, post } from '../support/http.ts';
import { startServer } from '../support/start-server.ts';

const CALLERS = 20;

describeOnEveryDatabase('a server that is killed while it answers', (database) => {
  test('has every request of a known caller on record whose response was sent', async () => {
    const env = await database.env();
    const server = await startServer({ env });
    await ingest(server, [{ text: 'The bridge opens at five.' }]);
    const answered: string[] = [];
    let unanswered = 0;
    let stopped = false;
    const caller = async (nth: number) => {
      for (let turn = 0; !stopped; turn += 1) {
        const requestId = `caller-${nth}-turn-${turn}`;
        const question = { query: 'When does the bridge open?', stream: turn % 2 === 0 };
        const isDenied = turn % 5 === 0;
        const path = isDenied ? '/admin/keys' : turn % 3 === 0 ? '/search' : '/query';
        const json = path === '/query' ? question : { query: question.query };
        const key = isDenied ? server.queryKey : server.key;
        await post(server, path, json, { key, headers: { 'x-request-id': requestId } }).then(
          () => answered.push(requestId),
          () => (unanswered += 1),
        );
      }
    };
    const callers = Array.from({ length: CALLERS }, (_, nth) => caller(nth));
    await eventually(() => Promise.resolve(answered.length > 3 * CALLERS));
    const killed = server.kill('SIGKILL');
    stopped = true;
    await Promise.all([killed, ...callers]);

    const again = await startServer({ env: { ...server.env, ...env } });
    const rows = await asOwner(again, (sql) =>
      sql<{ id: string }>("select (event::jsonb) ->> 'request_id' as id from audit_events"),
    );
    const recorded = new Set(rows.map(({ id }) => id));
    const lost = answered.filter((id) => !recorded.has(id));
    console.log({ answered: answered.length, unanswered, recorded: recorded.size, lost: lost.length });
    const verified = (await get(again, '/admin/audit/verify')).body;
    await again.stop();
    await server.stop();
    expect(answered.length).toBeGreaterThan(CALLERS);
    expect(lost).toEqual([]);
    expect(verified.ok).toBe(true);
  });
});
