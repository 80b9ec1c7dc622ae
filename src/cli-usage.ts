import { parseArgs } from 'node:util';
import { z } from 'zod';
import { usageQuery } from '../routes/admin/usage.ts';
import { DEFAULT_TENANT } from './auth/principal.ts';
import { tableOf } from './cli-table.ts';
import { managing } from './db/database.ts';
import { AppError } from './errors/app-error.ts';
import { MOST_LINES, readUsage, type UsageLine } from './limits/usage-log.ts';
import { usdOf } from './llms/prices.ts';
import { openMigrated } from './open-index.ts';
import { loadSettings } from './secrets/open-settings.ts';

export const USAGE_USAGE = `  sallyport usage                    what was used, of every tenant (the first ${MOST_LINES} lines)
      --by user|key|day              (user)
      --since DAY --until DAY        days in UTC, as 2030-01-31 (the last 30)
`;

/** Prints what was used as a table. */
export async function showUsage(args: string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { by: text, since: text, until: text } });
  const asked = usageQuery.safeParse(values);
  if (!asked.success) throw new AppError('invalid_request', z.prettifyError(asked.error));
  const { by, ...days } = asked.data;
  const db = await openMigrated(await loadSettings());
  try {
    const lines = await readUsage(db, { ...managing(DEFAULT_TENANT), everyTenant: true }, by, days);
    const heads = [by.toUpperCase(), 'TENANT', 'REQUESTS', 'PROMPT TOKENS', 'COMPLETION TOKENS', 'USD'];
    process.stdout.write(tableOf([heads, ...lines.map(cells)]));
    return 0;
  } finally {
    await db.close();
  }
}

function cells({ name, tenant, requests, promptTokens, completionTokens, nanoUsd }: UsageLine): string[] {
  const numbers = [requests, promptTokens, completionTokens].map(String);
  return [name, tenant ?? 'all', ...numbers, usdOf(nanoUsd).toFixed(6)];
}
