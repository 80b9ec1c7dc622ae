import { managing, type Database } from '../db/database.ts';
import { isUuid } from '../db/uuid.ts';
import { AppError, type ErrorCode } from '../errors/app-error.ts';
import type { IndexIdentity } from '../index-store/index-identity.ts';
import type { IngestedDocument } from './accept-documents.ts';
import type { AcceptedDraft } from './document-draft.ts';

export const JOB_STATUSES = ['queued', 'running', 'succeeded', 'failed'] as const;
export const JOB_STAGES = ['queued', 'chunking', 'embedding', 'indexing', 'done'] as const;
export type JobStage = (typeof JOB_STAGES)[number];
export type JobError = { code: ErrorCode; detail: string };

/** `done` and `total` count documents. */
export type Job = {
  id: string;
  status: (typeof JOB_STATUSES)[number];
  stage: JobStage;
  done: number;
  total: number;
  error: JobError | null;
};

/** Whether it will not change any more. */
export function hasEnded({ status }: Job): boolean {
  return status === 'succeeded' || status === 'failed';
}

export type ClaimedJob = { id: string; tenant: string; attempts: number };
export type WaitingDocument = { ordinal: number; documentId: string; draft: AcceptedDraft };

/** The table of jobs: the queue, its progress and its outcome are one row. */
export type JobStore = {
  get(tenant: string, id: string): Promise<Job>;
  results(tenant: string, id: string): Promise<IngestedDocument[]>;
  /** Takes a job that is due, of any tenant; undefined when there is none, or the index has become another's to write. */
  claim(): Promise<ClaimedJob | undefined>;
  /** The documents that still have to be indexed, one at a time: a large job need not fit in memory. */
  nextDocument(job: ClaimedJob): Promise<WaitingDocument | undefined>;
  stage(job: ClaimedJob, stage: JobStage): Promise<void>;
  renewLease(job: ClaimedJob): Promise<void>;
  succeed(job: ClaimedJob): Promise<void>;
  fail(job: ClaimedJob, error: JobError): Promise<void>;
  retryLater(job: ClaimedJob, seconds: number): Promise<void>;
};

/** A worker that has not renewed its lease for this long is taken for dead, and its job is done again. */
const LEASE_SECONDS = 15;
export const LEASE_RENEWAL_MS = 5_000;

export function createJobStore(db: Database, own: IndexIdentity): JobStore {
  const change = (job: ClaimedJob, assignments: string, values: unknown[] = []) =>
    db.withScope(managing(job.tenant), async (tx) => {
      await tx.query(`update jobs set updated_at = now(), ${assignments} where id = $1`, [job.id, ...values]);
    });
  return {
    get: (tenant, id) =>
      db.withScope(managing(tenant), async (tx) => {
        const [job] = isUuid(id)
          ? await tx.query<Job>('select id, status, stage, done, total, error from jobs where id = $1', [id])
          : [];
        if (!job) throw new AppError('not_found', 'There is no such job.');
        return job;
      }),
    results: (tenant, id) =>
      db.withScope(managing(tenant), async (tx) => {
        const rows = await tx.query<{ result: IngestedDocument | null }>(
          'select result from job_documents where job_id = $1 order by ordinal',
          [id],
        );
        return rows.flatMap((row) => row.result ?? []);
      }),
    claim: () =>
      db.withoutScope(async (tx) => {
        const [row] = await tx.query<ClaimedJob>(
          'select job_id as id, job_tenant as tenant, job_attempts as attempts from claim_job($1, $2, $3)',
          [LEASE_SECONDS, own.embedder, own.chunker],
        );
        return row;
      }),
    nextDocument: (job) =>
      db.withScope(managing(job.tenant), async (tx) => {
        const [row] = await tx.query<{
          ordinal: number;
          document_id: string;
          draft: Omit<AcceptedDraft, 'text'>;
          text: string;
        }>(
          'select ordinal, document_id, draft, text from job_documents where job_id = $1 and text is not null order by ordinal limit 1',
          [job.id],
        );
        return (
          row && {
            ordinal: row.ordinal,
            documentId: row.document_id,
            draft: { ...row.draft, text: row.text },
          }
        );
      }),
    stage: (job, stage) => change(job, 'stage = $2', [stage]),
    renewLease: (job) => change(job, 'run_at = now() + make_interval(secs => $2)', [LEASE_SECONDS]),
    succeed: (job) => change(job, "status = 'succeeded', stage = 'done', done = total"),
    fail: (job, error) =>
      db.withScope(managing(job.tenant), async (tx) => {
        await tx.query("update jobs set status = 'failed', error = $2, updated_at = now() where id = $1", [
          job.id,
          JSON.stringify(error),
        ]);
        await tx.query(
          `update documents set status = 'failed', updated_at = now() where version = 0 and status = 'pending' and id in (
             select document_id from job_documents where job_id = $1 and text is not null)`,
          [job.id],
        );
        await tx.query('update job_documents set draft = null, text = null where job_id = $1', [job.id]);
      }),
    retryLater: (job, seconds) =>
      change(job, "status = 'queued', run_at = now() + make_interval(secs => $2)", [seconds]),
  };
}
