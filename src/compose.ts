import { createClient, type RedisClientType } from 'redis';
import { SettingsError } from './config/load.ts';
import type { Settings } from './config/schema.ts';
import { createAuthenticator, hasCredentials, type Authenticator } from './auth/authenticator.ts';
import { developmentKey } from './auth/development-key.ts';
import { openDatabase, type Database } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import { createDocumentStore, type DocumentStore } from './documents/document-store.ts';
import { DEFAULT_PARSE_LIMITS } from './documents/parse-limits.ts';
import { createParsePool } from './documents/parse-pool.ts';
import type { Embedder } from './embedders/embedder.ts';
import { embedders } from './embedders/index.ts';
import { AppError } from './errors/app-error.ts';
import { auditPolicyOf } from './guardrails/audit-draft.ts';
import { createGuardrails, type Guardrails } from './guardrails/guardrails.ts';
import { ensureDenseIndex } from './index-store/dense-index.ts';
import { assertIdentity, identityOf } from './index-store/index-identity.ts';
import { createIndexStore } from './index-store/index-store.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { createReadFiles, type ReadFiles } from './ingest/read-files.ts';
import { answerModels } from './llms/index.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { createAnswerQuestion, type AnswerQuestion } from './rag/answer-question.ts';
import { createRetrieve, type Retrieve } from './rag/retrieve.ts';

/** The application: every client made once, everything wired. Nothing here knows HTTP. */
export type Application = {
  settings: Settings;
  logger: Logger;
  db: Database;
  redis: RedisClientType | undefined;
  authenticator: Authenticator;
  /** The admin key that a development start made just now; shown once, stored nowhere. */
  createdKey: string | undefined;
  documents: DocumentStore;
  ingest: Ingest;
  readFiles: ReadFiles;
  retrieve: Retrieve;
  guardrails: Guardrails;
  answerQuestion: AnswerQuestion;
  close(): Promise<void>;
};

/**
 * Opens and wires everything the settings ask for.
 *
 * @throws SettingsError in production without any key or token settings, or when other settings made the index
 * @throws AppError `unavailable` when a store cannot be reached
 */
export async function compose(settings: Settings): Promise<Application> {
  const keyless = !hasCredentials(settings);
  if (keyless && settings.NODE_ENV === 'production') {
    throw new SettingsError(
      'In production Sallyport starts only with keys: set API_KEYS, ADMIN_API_KEYS or JWT_SECRET.',
    );
  }
  const logger = createLogger(settings);
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const shut of opened.splice(0).reverse()) await shut();
  };
  try {
    const key = keyless ? await developmentKey(settings.DATA_DIR) : undefined;
    const { db, embedder } = await openIndex(settings, logger);
    opened.push(
      () => db.close(),
      async () => embedder?.close?.(),
    );
    await assertIdentity(db, identityOf(embedder));
    if (embedder) await ensureDenseIndex(db, embedder);
    const redis =
      settings.REDIS_URL === undefined ? undefined : await connectRedis(settings.REDIS_URL, logger);
    if (redis) opened.push(async () => redis.destroy());

    const retrieve = createRetrieve(createIndexStore(db, embedder, logger), embedder);
    const guardrails = createGuardrails(settings);
    // Now: a damaged model keeps the server from starting, and nobody's first question waits.
    await guardrails.warmUp();
    const parsePool = createParsePool({
      processes: settings.PARSE_PROCESSES,
      limits: {
        ...DEFAULT_PARSE_LIMITS,
        maxBytes: settings.MAX_UPLOAD_BYTES,
        maxPages: settings.MAX_DOCUMENT_PAGES,
        maxMemoryMb: settings.PARSE_MEMORY_MB,
        timeoutMs: settings.PARSE_TIMEOUT_MS,
      },
    });
    opened.push(() => parsePool.close());
    const ingest = createIngest({ db, embedder, audit: auditPolicyOf(settings), logger });
    opened.push(() => ingest.close());

    return {
      settings,
      logger,
      db,
      redis,
      authenticator: createAuthenticator(settings, key ? [key.record] : []),
      createdKey: key?.created,
      documents: createDocumentStore(db),
      ingest,
      readFiles: createReadFiles(parsePool),
      retrieve,
      guardrails,
      answerQuestion: createAnswerQuestion({
        retrieve,
        model: answerModels[settings.LLM_PROVIDER](settings),
        guardrails,
      }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The database, with its schema up to date, and the embedder that the settings ask for: all that a reindex needs. */
export async function openIndex(
  settings: Settings,
  logger = createLogger(settings),
): Promise<{ db: Database; embedder: Embedder | undefined }> {
  const embedder = await embedders[settings.EMBEDDING_PROVIDER](settings, (usage) =>
    logger[usage.kind === 'document' ? 'info' : 'debug']('texts were embedded', usage),
  );
  const db = await openDatabase(settings);
  try {
    await migrate(db);
    return { db, embedder };
  } catch (error) {
    await db.close();
    await embedder?.close?.();
    throw error;
  }
}

async function connectRedis(url: string, logger: Logger): Promise<RedisClientType> {
  let connected = false;
  // Commands fail at once while it is away: a request must be refused then, not wait in a queue.
  const client: RedisClientType = createClient({
    url,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: 5_000,
      // It may come back; at the start it is rather the address that is wrong.
      reconnectStrategy: (retries, cause) => (connected ? Math.min(100 * 2 ** retries, 2_000) : cause),
    },
  });
  client.on('error', (error: unknown) => logger.warn('redis is away', { error }));
  await client.connect().catch((cause: unknown) => {
    throw new AppError('unavailable', 'Redis cannot be reached right now.', { cause });
  });
  connected = true;
  return client;
}
