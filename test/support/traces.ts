import { createClient } from 'redis';
import { asOwner } from './databases.ts';
import type { RunningServer } from './start-server.ts';

/** For each of these words that a table holds: which tables do. */
export const tablesHolding = (
  server: RunningServer,
  words: readonly string[],
): Promise<Record<string, string[]>> =>
  asOwner(server, async (sql) => {
    const tables = await sql<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'sallyport'",
    );
    const found: Record<string, string[]> = {};
    for (const { name } of tables) {
      const rows = await sql<{ text: string }>(`select t::text as text from ${name} t`);
      const all = rows.map(({ text }) => text.toLowerCase()).join('\n');
      for (const word of words) if (all.includes(word.toLowerCase())) (found[word] ??= []).push(name);
    }
    for (const names of Object.values(found)) names.sort();
    return found;
  });

/** Every key of a Redis, and what it holds. */
export const redisContents = async (address: string): Promise<{ keys: string[]; everything: string }> => {
  const redis = createClient({ url: address });
  await redis.connect();
  const keys = await redis.keys('*');
  const values = await Promise.all(keys.map(async (name) => JSON.stringify(await redis.dump(name))));
  redis.destroy();
  return { keys, everything: [...keys, ...values].join('\n') };
};
