import { managing, type Database, type Transaction } from '../db/database.ts';
import { isUuid } from '../db/uuid.ts';
import { AppError, type ErrorCode } from '../errors/app-error.ts';
import type { IndexIdentity } from '../index-store/index-identity.ts';
import type { IngestedDocument } from './ingested-document.ts';
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

/** `claim` numbers the times that a worker took it: whoever has the last number holds the job. */
export type ClaimedJob = { id: string; tenant: string; attempts: number; claim: number };
export type WaitingDocument = {
  ordinal: number;
  documentId: string;
  /** Its place among what was accepted for the document. */
  version: number;
  draft: AcceptedDraft;
  isLast: boolean;
};

/** Another worker has the job by now: what this one has still to say of it no longer counts. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
  constructor() {
    super('the job was claimed by another worker');
  }
}

/** The table of jobs: the queue, its progress and its outcome are one row. Only the holder of a job can change it. */
export type JobStore = {
  get(tenant: string, id: string): Promise<Job>;
  results(tenant: string, id: string): Promise<IngestedDocument[]>;
  /**
   * Takes a job that is due and has no text of more than `largestText` bytes, of the tenant whose turn it is; undefined when
   * there is none, or the index has become another's to write.
   */
  claim(largestText?: number): Promise<ClaimedJob | undefined>;
  /** The documents that still have to be indexed, one at a time: a large job need not fit in memory. */
  nextDocument(job: ClaimedJob): Promise<WaitingDocument | undefined>;
  /** These throw ClaimLost. */
  stage(job: ClaimedJob, stage: JobStage): Promise<void>;
  renewLease(job: ClaimedJob): Promise<void>;
  succeed(job: ClaimedJob): Promise<void>;
  fail(job: ClaimedJob, error: JobError): Promise<void>;
  retryLater(job: ClaimedJob, seconds: number): Promise<void>;
  /** Lets the next worker go on with it at once, which is no new attempt. */
  handBack(job: ClaimedJob): Promise<void>;
  /** How often a lease has to be renewed. */
  renewalMs: number;
};

export type JobStoreOptions = {
  /** A worker that has not renewed its lease for this long is taken for dead, and its job is done again. */
  leaseSeconds?: number;
};

const LEASE_SECONDS = 15;
const RENEWALS_PER_LEASE = 3;
const ANY_SIZE = 2 ** 31 - 1;

/**
 * Changes a job within a transaction that goes on only while the claim is the last one.
 *
 * @throws ClaimLost
 */
export async function changeJob(
  tx: Transaction,
  { id, claim }: ClaimedJob,
  assignments: string,
  values: unknown[] = [],
): Promise<void> {
  const held = await tx.query(
    `update jobs set updated_at = now(), ${assignments} where id = $1 and claims = $2 and status = 'running' returning id`,
    [id, claim, ...values],
  );
  if (held.length === 0) throw new ClaimLost();
}

export function createJobStore(
  db: Database,
  own: IndexIdentity,
  { leaseSeconds = LEASE_SECONDS }: JobStoreOptions = {},
): JobStore {
  const change = (job: ClaimedJob, assignments: string, values?: unknown[]) =>
    db.withScope(managing(job.tenant), (tx) => changeJob(tx, job, assignments, values));
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
    claim: (largestText = ANY_SIZE) =>
      db.withoutScope(async (tx) => {
        const [row] = await tx.query<ClaimedJob>(
          'select job_id as id, job_tenant as tenant, job_attempts as attempts, job_claim as claim from claim_job($1::float8, $2, $3, $4)',
          [leaseSeconds, own.embedder, own.chunker, largestText],
        );
        return row;
      }),
    nextDocument: (job) =>
      db.withScope(managing(job.tenant), async (tx) => {
        const [row] = await tx.query<
          Omit<WaitingDocument, 'draft'> & { draft: Omit<AcceptedDraft, 'text'>; text: string }
        >(
          `select ordinal, document_id as "documentId", version, draft, text,
                  not exists (select from job_documents later where later.job_id = $1 and later.text is not null and later.ordinal > w.ordinal) as "isLast"
             from job_documents w where job_id = $1 and text is not null order by ordinal limit 1`,
          [job.id],
        );
        if (!row) return undefined;
        const { text, draft, ...rest } = row;
        return { ...rest, draft: { ...draft, text } };
      }),
    stage: (job, stage) => change(job, 'stage = $3', [stage]),
    renewLease: (job) => change(job, 'run_at = now() + make_interval(secs => $3)', [leaseSeconds]),
    succeed: (job) => change(job, "status = 'succeeded', stage = 'done', done = total, error = null"),
    fail: (job, error) =>
      db.withScope(managing(job.tenant), async (tx) => {
        await changeJob(tx, job, "status = 'failed', error = $3", [JSON.stringify(error)]);
        await tx.query(
          `update documents set status = 'failed', updated_at = now() where version = 0 and status = 'pending' and id in (
             select document_id from job_documents where job_id = $1 and text is not null)`,
          [job.id],
        );
        await tx.query('update job_documents set draft = null, text = null where job_id = $1', [job.id]);
      }),
    retryLater: (job, seconds) =>
      change(job, "status = 'queued', run_at = now() + make_interval(secs => $3)", [seconds]),
    handBack: (job) => change(job, 'attempts = greatest(attempts - 1, 0), run_at = now()'),
    renewalMs: (leaseSeconds * 1_000) / RENEWALS_PER_LEASE,
  };
}
