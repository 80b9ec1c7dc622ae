import pg from 'pg';

/** The arguments of one call of pg's `query`. */
export type Statement = unknown[];

type Query = (...statement: Statement) => unknown;

/** Tells of every statement of this process when it is sent to Postgres; ends when the returned function is called. */
export function watchStatements(listener: (statement: Statement) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const listeners = new Set<(statement: Statement) => void>();
const prototype = pg.Client.prototype as { query: Query };

const query = prototype.query;
prototype.query = function (...statement) {
  for (const listener of listeners) listener(statement);
  return query.apply(this, statement);
};
