import { expect, test } from '@jest/globals';
import { asOwner, describeOnServer } from '../support/databases.ts';
import { get, post } from '../support/http.ts';
import { startServer } from '../support/start-server.ts';

const REQUESTS = 40;

describeOnServer('requests of nobody who is known', (database) => {
  test('are on record by their number, and do not each make the audit log grow', async () => {
    const server = await startServer({ env: await database.env() });
    for (let nth = 0; nth < REQUESTS; nth += 1) {
      const reply = await (nth % 2 === 0
        ? post(server, '/query', { query: 'bridge' }, { key: 'sp_none_none' })
        : get(server, '/admin/keys', { key: 'sp_none_none' }));
      expect(reply.status).toBe(401);
    }
    await server.stop();
    const rows = await asOwner(server, (sql) =>
      sql<{ action: string; count: string | null }>(
        `select action, (event::jsonb) ->> 'count' as count from audit_events
          where (event::jsonb) ->> 'status' = '401'`,
      ),
    );
    const told = rows.reduce((sum, { count }) => sum + Number(count ?? 1), 0);
    expect(told).toBe(REQUESTS);
    // In two minutes, if it began at the end of one.
    expect(rows.length).toBeLessThanOrEqual(2 * (10 + 1));
    expect(rows.map(({ action }) => action)).toContain('requests.unauthenticated');
  });
});
