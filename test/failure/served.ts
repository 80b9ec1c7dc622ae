import { expect } from '@jest/globals';
import { asOwner } from '../support/databases.ts';
import { makeDatabase } from '../support/fresh-database.ts';
import { isAnswered, outcomeOf, type Ask, type Outcome } from '../support/callers.ts';
import { eventually, get, ingest, open } from '../support/http.ts';
import { startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { startServer, type RunningServer } from '../support/start-server.ts';
import type { Failure } from './failures.ts';

/** A server that answers from a model and keeps a budget, and that model. */
export type Served = { server: RunningServer; provider: OpenAiServer; stop(): Promise<void> };

export const QUESTION = { query: 'When does the archive close?' };

/** On a database of its own; of the test run's Postgres, where there is one and no other is given: it starts sooner there. */
export const startServed = async (env: Record<string, string>): Promise<Served> => {
  const provider = await startOpenAiServer();
  const address = env.DATABASE_URL === undefined && process.env.TEST_DATABASE_URL;
  const database = address ? await makeDatabase(address) : undefined;
  const where = database ? { DATABASE_URL: database.url } : {};
  const limits = {
    BUDGET_USD_PER_DAY: '1000',
    TOKENS_PER_MINUTE_PER_USER: '1000000000',
    CONCURRENT_STREAMS_PER_USER: '1000',
  };
  const server = await startServer({ env: { ...provider.env, ...limits, ...where, ...env } });
  await ingest(server, [{ text: 'The archive closes at five.', source: 'archive' }]);
  const stop = async () => {
    await server.stop();
    await provider.stop();
    await database?.drop();
  };
  return { server, provider, stop };
};

/** One request, as a caller sends it. */
export const asking = (server: RunningServer) => ({
  whole: (signal: AbortSignal) => open(server, 'POST', '/query', { json: QUESTION, signal }),
  streamed: (signal: AbortSignal) =>
    open(server, 'POST', '/query', { json: { ...QUESTION, stream: true }, signal }),
  search: (signal: AbortSignal) => open(server, 'POST', '/search', { json: { query: 'archive' }, signal }),
});

export const longestWait = (outcomes: Outcome[]): number =>
  Math.max(...outcomes.map(({ waitedMs }) => waitedMs));

/** Callers were told what the table says, all of it, and nothing else. */
export const expectTold = ({ told, sometimes = [] }: Failure, outcomes: Outcome[]): void => {
  const refused = outcomes.filter((outcome) => !isAnswered(outcome));
  const heard = new Set(refused.map((outcome) => outcome.told));
  expect([...heard].filter((refusal) => !sometimes.includes(refusal)).sort()).toEqual([...told].sort());
};

/** Probes say that the process runs, and that it has no Postgres. */
export const expectAlive = async (server: RunningServer): Promise<void> => {
  expect((await get(server, '/health')).status).toBe(200);
  const { status, body } = await get(server, '/ready');
  expect([status, body.checks.postgres]).toEqual([503, 'unavailable']);
};

/** Every request that was answered or refused is in the audit log, whose chain is whole. */
export const expectOnRecord = async (server: RunningServer, outcomes: Outcome[]): Promise<void> => {
  const asked = outcomes.flatMap(({ requestId }) => requestId ?? []);
  const missing = () =>
    asOwner(server, (sql) =>
      sql(
        `select id from unnest($1::text[]) id except
         select event::jsonb ->> 'request_id' from audit_events where event::jsonb ->> 'event' <> 'model_call'`,
        [asked],
      ),
    );
  await eventually(async () => (await missing()).length === 0, { what: 'the record of every request' });
  const { ok, first_bad } = (await get(server, '/admin/audit/verify')).body;
  expect({ ok, first_bad }).toEqual({ ok: true, first_bad: undefined });
};

/** How long until all of these are answered together, ms; asked again and again. */
export const timeUntilAnswered = async (asks: Ask[]): Promise<number> => {
  const started = performance.now();
  await eventually(async () => (await Promise.all(asks.map(outcomeOf))).every(isAnswered), {
    what: 'an answer for everybody',
  });
  return performance.now() - started;
};

/** Nothing is reserved any more; what was used by then. */
export const usageWhenSettled = async (server: RunningServer) => {
  const report = async () => (await get(server, '/admin/usage?by=day')).body;
  const { usage, budgets } = await eventually(
    async () => {
      const body = await report();
      return body.budgets?.day.reserved_usd === 0 && body;
    },
    { what: 'an empty ledger' },
  );
  return { ...usage[0], budgetSpentUsd: budgets.day.spent_usd };
};
