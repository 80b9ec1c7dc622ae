import { AsyncLocalStorage } from 'node:async_hooks';
import { watchStatements, type Statement } from './watch-statements.ts';

/** Every statement that `work` sends to Postgres, in order: what the bare route then sends too, whatever it is today. */
export async function recordStatements(work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = [];
  await recording.run(statements, work);
  return statements;
}

// By the asynchronous context: the application's job runner talks to Postgres meanwhile.
const recording = new AsyncLocalStorage<Statement[]>();
watchStatements((statement) => recording.getStore()?.push(statement));
