import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import type { DocumentScope } from '../documents/document-scope.ts';
import type { Embedder } from '../embedders/embedder.ts';
import { AppError } from '../errors/app-error.ts';
import { identityOf } from '../index-store/index-identity.ts';
import type { AuditPolicy } from '../guardrails/audit-draft.ts';
import type { Logger } from '../observability/logger.ts';
import { within, type RequestContext } from '../observability/request-context.ts';
import { acceptDocuments, type AcceptedJob } from './accept-documents.ts';
import type { IngestedDocument } from './ingested-document.ts';
import type { DocumentDraft } from './document-draft.ts';
import { assertFollows } from './followed-job.ts';
import { embedRows } from './embed-rows.ts';
import { indexDocument } from './index-document.ts';
import { createJobRunner } from './job-runner.ts';
import { createJobStore, hasEnded, type ClaimedJob, type Job, type JobStoreOptions } from './job-store.ts';
import { unobserved, type ObserveIngest } from './observe-ingest.ts';
import { createPreparePool } from './prepare-pool.ts';
import { releaseDocument } from './release-document.ts';
import { hasTwin, withVisibleTwins } from './shared-text.ts';

/** Takes documents in and makes them searchable in the background. */
export type Ingest = {
  /**
   * Takes documents in, for the groups that they name, else those of the version before, else the scope's own.
   *
   * @throws AppError `forbidden` for groups that the scope lacks, `conflict` for a source that is not its to write
   */
  accept(scope: DocumentScope, drafts: DocumentDraft[]): Promise<AcceptedJob>;
  /**
   * Takes a quarantined document in again, past the audit that held it back.
   *
   * @throws AppError `not_found`, `forbidden` where other groups have it, too, or `conflict` where it is not quarantined
   */
  release(scope: DocumentScope, documentId: string): Promise<AcceptedJob>;
  /** @throws AppError `not_found`, also for a job of others than the scope's groups; so do the two below. */
  job(scope: DocumentScope, id: string): Promise<Job>;
  /** Every state of a job from now until it ends. */
  watch(scope: DocumentScope, id: string, signal?: AbortSignal): AsyncIterable<Job>;
  /**
   * Waits until a job has ended.
   *
   * @throws AppError what the job failed with
   */
  finished(scope: DocumentScope, id: string, signal?: AbortSignal): Promise<IngestedDocument[]>;
  /** Takes documents in and waits until they are searchable; fails as `finished` does. */
  acceptAndWait(scope: DocumentScope, drafts: DocumentDraft[]): Promise<IngestedDocument[]>;
  close(): Promise<void>;
};

export type IngestOptions = {
  db: Database;
  embedder: Embedder | undefined;
  audit: AuditPolicy;
  logger: Logger;
  observe?: ObserveIngest;
  jobs?: JobStoreOptions;
};

/** Between two looks at a job that somebody waits for; doubled up to the last. */
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 500;
/** After this a job lets those of other tenants go first, once the document under way is done. */
const TURN_MS = 500;

export function createIngest({
  db,
  embedder,
  audit: policy,
  logger,
  observe = unobserved,
  jobs,
}: IngestOptions): Ingest {
  const own = identityOf(embedder);
  const store = createJobStore(db, own, jobs);
  const pool = createPreparePool();

  const work = async (job: ClaimedJob, signal: AbortSignal) => {
    const turnEnds = performance.now() + TURN_MS;
    do {
      signal.throwIfAborted();
      const next = await store.nextDocument(job);
      if (!next) return true;
      const { draft } = next;
      await store.stage(job, 'chunking');
      const prepared = await observe.stage('prepare', () =>
        pool.prepare({ tenant: job.tenant, draft, policy }),
      );
      // What somebody has released was counted before.
      if (!draft.released) observe.found(prepared.findings);
      // What is paid for is not asked for in vain; at home to ask first would take longer.
      const isShared = embedder?.isRemote && (await hasTwin(db, job.tenant, draft, next.documentId));
      const needed = isShared ? undefined : embedder;
      if (needed) await store.stage(job, 'embedding');
      const embedded =
        needed && (await observe.stage('embed', () => embedRows(needed, draft.title, prepared.rows, signal)));
      await store.stage(job, 'indexing');
      await observe.stage('index', () => indexDocument(db, job, next, prepared, embedded, own));
      if (next.isLast) return true;
    } while (performance.now() < turnEnds);
    return false;
  };
  const runner = createJobRunner({
    store,
    // Not in the context of the request that happened to wake the runner: the job may be another's.
    work: (job, signal) => within(jobContext(job), () => observe.job(job.id, () => work(job, signal))),
    afterwards: () => db.tidy(),
    logger,
  });

  async function* watch(scope: DocumentScope, id: string, signal?: AbortSignal): AsyncIterable<Job> {
    await assertFollows(db, scope, id);
    const { tenant } = scope;
    let last = '';
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LAST_LOOK_MS)) {
      const job = await store.get(tenant, id);
      const state = JSON.stringify(job);
      if (state !== last) yield job;
      last = state;
      if (hasEnded(job)) return;
      await delay(waitMs, undefined, signal ? { signal } : {});
    }
  }

  const accept: Ingest['accept'] = async (scope, drafts) => {
    const accepted = await acceptDocuments(db, scope, drafts);
    runner.wake();
    return accepted;
  };
  const finished: Ingest['finished'] = async (scope, id, signal) => {
    let job: Job | undefined;
    for await (job of watch(scope, id, signal));
    if (job?.status === 'failed')
      throw new AppError(job.error?.code ?? 'internal', job.error?.detail ?? 'The job failed.');
    return withVisibleTwins(db, scope, await store.results(scope.tenant, id));
  };

  return {
    accept,
    release: async (scope, documentId) => {
      const accepted = await releaseDocument(db, scope, documentId);
      runner.wake();
      return accepted;
    },
    job: async (scope, id) => {
      await assertFollows(db, scope, id);
      return store.get(scope.tenant, id);
    },
    watch,
    finished,
    acceptAndWait: async (scope, drafts) => finished(scope, (await accept(scope, drafts)).jobId),
    close: async () => {
      await runner.close();
      await pool.close();
    },
  };
}

/** What is logged and recorded for a job goes by the job's id. */
function jobContext({ id, tenant }: ClaimedJob): RequestContext {
  const principal = { tenant, subject: 'ingest', scopes: [], groups: [] };
  return { requestId: id, facts: {}, principal };
}
