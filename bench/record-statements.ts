import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';

/** The arguments of one call of pg's `query`. */
export type Statement = unknown[];

/** Every statement that `work` sends to Postgres, in order: what the bare route then sends too, whatever it is today. */
export async function recordStatements(work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = [];
  await recording.run(statements, work);
  return statements;
}

// By the asynchronous context: the application's job runner talks to Postgres meanwhile.
const recording = new AsyncLocalStorage<Statement[]>();
type Query = (...statement: Statement) => unknown;
const prototype = pg.Client.prototype as { query: Query };

const query = prototype.query;
prototype.query = function (...statement) {
  recording.getStore()?.push(statement);
  return query.apply(this, statement);
};
