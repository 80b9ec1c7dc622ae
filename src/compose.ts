import { createAuditedEmbedder, embeddingsEvent } from './audit/audited-embedder.ts';
import { createAuditedModel } from './audit/audited-model.ts';
import { createAuditedScorer } from './audit/audited-scorer.ts';
import { composeAudit, type Audit } from './compose-audit.ts';
import { composeLimits, type Limits } from './compose-limits.ts';
import { composeRotation } from './compose-rotation.ts';
import { composeTelemetry } from './compose-telemetry.ts';
import { SettingsError } from './config/load.ts';
import type { Settings } from './config/schema.ts';
import { createAccess, type Access } from './auth/access.ts';
import { hasCredentials } from './auth/authenticator.ts';
import { openDeploymentSecret } from './auth/deployment-secret.ts';
import { developmentKey } from './auth/development-key.ts';
import { DEFAULT_TENANT } from './auth/principal.ts';
import type { Database } from './db/database.ts';
import { createDocumentStore, type DocumentStore } from './documents/document-store.ts';
import { DEFAULT_PARSE_LIMITS } from './documents/parse-limits.ts';
import { createParsePool } from './documents/parse-pool.ts';
import type { OnUsage } from './embedders/embedder.ts';
import { auditPolicyOf } from './guardrails/audit-draft.ts';
import { createGuardrails, type Guardrails } from './guardrails/guardrails.ts';
import { ensureDenseIndex } from './index-store/dense-index.ts';
import { assertIdentity, identityOf } from './index-store/index-identity.ts';
import { createIndexStore } from './index-store/index-store.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { createReadFiles, type ReadFiles } from './ingest/read-files.ts';
import { createJsonPool, type JsonPool } from './json/json-pool.ts';
import { answerModels } from './llms/index.ts';
import { createPacedModel } from './llms/paced-model.ts';
import { priceOf } from './llms/prices.ts';
import { observeApplication } from './observability/application-gauges.ts';
import { createLogger, type AdjustableLogger } from './observability/logger.ts';
import { observeGuardrail, observeGuardrails } from './observability/observed-guardrails.ts';
import { observeIngest } from './observability/observed-ingest.ts';
import { observeModel } from './observability/observed-model.ts';
import { observeRetrieve } from './observability/observed-retrieve.ts';
import type { Telemetry } from './observability/telemetry.ts';
import { openIndex } from './open-index.ts';
import { openAiHost } from './openai/openai-client.ts';
import { createAnswerQuestion, type AnswerQuestion } from './rag/answer-question.ts';
import { createRetrieve, type Retrieve } from './rag/retrieve.ts';
import type { Rotation } from './secrets/rotation.ts';

/** The application: every client made once, everything wired. Nothing here knows HTTP. */
export type Application = Access &
  Audit &
  Limits &
  Telemetry & {
    settings: Settings;
    logger: AdjustableLogger;
    db: Database;
    rotation: Rotation;
    /** The admin key that a development start made just now; shown once, stored nowhere. */
    createdKey: string | undefined;
    documents: DocumentStore;
    ingest: Ingest;
    readFiles: ReadFiles;
    jsonPool: JsonPool;
    retrieve: Retrieve;
    guardrails: Guardrails;
    answerQuestion: AnswerQuestion;
    close(): Promise<void>;
  };

export type ComposeOptions = {
  openTelemetry?: typeof composeTelemetry;
  /** Reads the settings anew, so that secrets can be rotated. */
  read?: () => Promise<Settings>;
};

/**
 * Opens and wires everything the settings ask for.
 *
 * @throws SettingsError in production without any key or token settings, or when other settings made the index
 * @throws AppError `unavailable` when a store cannot be reached
 */
export async function compose(
  settings: Settings,
  { openTelemetry = composeTelemetry, read = () => Promise.resolve(settings) }: ComposeOptions = {},
): Promise<Application> {
  const isKeyless = !hasCredentials(settings);
  const isProduction = settings.NODE_ENV === 'production';
  const logger = createLogger(settings);
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const shut of opened.splice(0).reverse()) await shut();
  };
  try {
    const key = isKeyless && !isProduction ? await developmentKey(settings.DATA_DIR) : undefined;
    let charge: OnUsage = () => undefined;
    const { close: closeTelemetry, ...telemetry } = openTelemetry(settings, logger);
    opened.push(closeTelemetry);
    const headers = () => telemetry.tracer.headers();
    const { db, embedder: made } = await openIndex(
      settings,
      logger,
      (embedded) => charge(embedded),
      telemetry,
    );
    opened.push(
      () => db.close(),
      async () => made?.close?.(),
    );
    await assertIdentity(db, identityOf(made));
    if (made) await ensureDenseIndex(db, made);
    const deploymentSecret = await openDeploymentSecret(db);
    const { metrics } = telemetry;
    const {
      close: closeAudit,
      rotating: ofAudit,
      ...recording
    } = composeAudit({
      settings,
      db,
      deploymentSecret,
      logger,
      metrics,
    });
    opened.push(closeAudit);
    const { audit } = recording;
    const embeddingModel = settings.EMBEDDING_MODEL ?? settings.EMBEDDING_PROVIDER;
    const embedder = made && createAuditedEmbedder(made, { audit, model: embeddingModel });
    const furtherKeys = key ? [key.record] : [];
    const {
      onEmbedded,
      close: closeLimits,
      rotating: ofLimits,
      ...limits
    } = await composeLimits(settings, db, logger);
    opened.push(closeLimits);
    const { tenantLimits } = limits;
    const access = createAccess({ db, settings, deploymentSecret, furtherKeys, tenantLimits, logger });
    if (isKeyless && isProduction && !(await access.keys.hasActive())) throw nobodyMayCall();
    // Now: the callers of the settings need no database, and their limits are then known while it is away.
    await tenantLimits.of(DEFAULT_TENANT);
    const rotating = [...ofAudit, ...ofLimits];
    const rotation = composeRotation({ settings, db, read, rotating, ...access, audit, logger, metrics });
    opened.push(() => rotation.close());
    charge = (embedded) => {
      onEmbedded(embedded);
      metrics.embeddings({
        provider: settings.EMBEDDING_PROVIDER,
        model: embeddingModel,
        ...embedded,
      });
      // Not waited for: the record of the request comes behind it in the same log.
      audit.record(embeddingsEvent(embeddingModel, embedded)).catch(() => undefined);
    };

    const retrieve = observeRetrieve(
      createRetrieve(createIndexStore(db, embedder, logger), embedder, logger),
      telemetry,
    );
    const guardrails = observeGuardrails(
      createGuardrails(settings, {
        observe: observeGuardrail(telemetry),
        headers,
        observeScorer: (scorer) => createAuditedScorer(scorer, audit),
      }),
      telemetry,
    );
    opened.push(() => guardrails.close());
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
    const jsonPool = createJsonPool();
    opened.push(() => jsonPool.close());
    const ingest = createIngest({
      db,
      embedder,
      audit: auditPolicyOf(settings),
      logger,
      observe: observeIngest(telemetry),
    });
    // At once, here as everywhere: its jobs run from now on, whatever fails below.
    opened.push(() => ingest.close());
    const price = priceOf(settings);
    const answerer = answerModels[settings.LLM_PROVIDER](settings, headers, logger);
    const observed = observeModel(answerer, telemetry, {
      provider: settings.LLM_PROVIDER,
      server: settings.LLM_PROVIDER === 'openai' ? openAiHost(settings) : undefined,
      price,
    });
    const model = createAuditedModel(observed, { audit, price });
    observeApplication({ metrics, db, audit, balances: limits.balances, redis: limits.redis });

    return {
      ...access,
      ...recording,
      ...limits,
      ...telemetry,
      settings,
      logger,
      db,
      rotation,
      createdKey: key?.created,
      documents: createDocumentStore(db),
      ingest,
      readFiles: createReadFiles(parsePool),
      jsonPool,
      retrieve,
      guardrails,
      answerQuestion: createAnswerQuestion({
        retrieve,
        model: createPacedModel(model, {
          ledger: limits.ledger,
          requestsPerMinute: settings.LLM_REQUESTS_PER_MINUTE,
          tokensPerMinute: settings.LLM_TOKENS_PER_MINUTE,
          queueTimeoutMs: settings.LLM_QUEUE_TIMEOUT_MS,
          logger,
          onQueue: (waiting) =>
            metrics.gauge(
              'sallyport.model.queue.waiting',
              'Calls that wait for their turn at the model',
              waiting,
            ),
        }),
        guardrails,
        metering: limits.metering,
      }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function nobodyMayCall(): SettingsError {
  return new SettingsError(
    'In production Sallyport starts only with keys: set API_KEYS, ADMIN_API_KEYS, JWT_SECRET, JWT_PUBLIC_KEY or JWT_JWKS_URL, or make a key with `sallyport keys create`.',
  );
}
