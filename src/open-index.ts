import type { Settings } from './config/schema.ts';
import { openDatabase, type Database } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import type { Embedder, OnUsage } from './embedders/embedder.ts';
import { embedders } from './embedders/index.ts';
import { createLogger } from './observability/logger.ts';
import { observeEmbeddings } from './observability/observed-embedder.ts';
import type { Telemetry } from './observability/telemetry.ts';
import { openAiHost } from './openai/openai-client.ts';
import { openPatiently } from './start-patience.ts';

/** The database, with its schema up to date, and the embedder that the settings ask for: all that a reindex needs. */
export async function openIndex(
  settings: Settings,
  logger = createLogger(settings),
  onEmbedded: OnUsage = () => undefined,
  telemetry?: Telemetry,
): Promise<{ db: Database; embedder: Embedder | undefined }> {
  const observed = telemetry && observeEmbeddings(telemetry, openAiHost(settings));
  const made = await embedders[settings.EMBEDDING_PROVIDER](
    settings,
    (usage) => {
      logger[usage.kind === 'document' ? 'info' : 'debug']('texts were embedded', usage);
      observed?.onUsage(usage);
      onEmbedded(usage);
    },
    () => telemetry?.tracer.headers() ?? {},
  );
  const embedder = made && observed ? observed.observe(made) : made;
  try {
    const open = () => openMigrated(settings);
    return { db: await openPatiently('DATABASE_URL', open, settings, logger), embedder };
  } catch (error) {
    await embedder?.close?.();
    throw error;
  }
}

/** The database, with its schema up to date. */
export async function openMigrated(settings: Settings): Promise<Database> {
  const db = await openDatabase(settings);
  try {
    await migrate(db);
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}
