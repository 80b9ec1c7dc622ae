import { readFileSync } from 'node:fs';
import express from 'express';
import pg from 'pg';
import { serveParent } from '../child.ts';
import type { Statement } from '../watch-statements.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';

export type SqlServerInput = { pool: pg.PoolConfig; recordFile: string };
export type RecordedQuestion = { question: string; statements: Statement[] };

/** Does the SQL of a question, on a pool of the same size, and nothing else: what Sallyport adds to it is the rest. */
serveParent(async ({ pool: config, recordFile }: SqlServerInput) => {
  const recorded = JSON.parse(readFileSync(recordFile, 'utf8')) as RecordedQuestion[];
  const statementsOf = new Map(recorded.map(({ question, statements }) => [question, statements]));
  const pool = new pg.Pool(config);
  const app = express();
  app.use(express.json());
  app.post('/query', async (req, res) => {
    const statements = statementsOf.get((req.body as { query: string }).query)!;
    const client = await pool.connect();
    let rows: unknown[] = [];
    try {
      for (const [text, values] of statements as [string, unknown[] | undefined][]) {
        const result = await client.query(text, values);
        // `begin` and what follows it are one call with several results; `commit` has no rows.
        if (!Array.isArray(result) && result.rows.length > 0) rows = result.rows;
      }
    } finally {
      client.release();
    }
    res.json(rows);
  });
  return { url: await listenOnLoopback(app) };
});
