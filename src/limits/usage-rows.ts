import type { Database } from '../db/database.ts';

/** What one answer came to; money in nano-dollars, so that sums are exact. */
export type AnswerUsage = { promptTokens: number; completionTokens: number; nanoUsd: number };

/** A row of `usage_days`; `keyId` is '' for a caller without a key. */
export type UsageRow = AnswerUsage & {
  day: string;
  tenant: string;
  subject: string;
  keyId: string;
  requests: number;
};

export function sumUsage(a: UsageRow, b: UsageRow): UsageRow {
  return {
    ...a,
    requests: a.requests + b.requests,
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    nanoUsd: a.nanoUsd + b.nanoUsd,
  };
}

/** Adds to the rows that are there; sorted, so that two processes lock them in the same order. */
export async function writeUsage(db: Database, rows: readonly UsageRow[]): Promise<void> {
  await db.asOwner((tx) =>
    tx.query(
      `insert into usage_days as u (day, tenant, subject, key_id, requests, prompt_tokens, completion_tokens, cost_nano_usd)
       select day, tenant, subject, "keyId", requests, "promptTokens", "completionTokens", "nanoUsd"
         from jsonb_to_recordset($1) r (day date, tenant text, subject text, "keyId" text, requests bigint,
                                        "promptTokens" bigint, "completionTokens" bigint, "nanoUsd" bigint)
        order by 1, 2, 3, 4
       on conflict (day, tenant, subject, key_id) do update set requests = u.requests + excluded.requests,
         prompt_tokens = u.prompt_tokens + excluded.prompt_tokens,
         completion_tokens = u.completion_tokens + excluded.completion_tokens,
         cost_nano_usd = u.cost_nano_usd + excluded.cost_nano_usd`,
      [JSON.stringify(rows)],
    ),
  );
}
