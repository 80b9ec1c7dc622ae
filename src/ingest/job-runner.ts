import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../observability/logger.ts';
import { UNUSABLE_EMBEDDING } from '../embedders/unit-vector.ts';
import { AppError, type ErrorCode } from '../errors/app-error.ts';
import { ClaimLost, type ClaimedJob, type JobStore } from './job-store.ts';

/** Runs jobs in the background until it is closed. */
export type JobRunner = {
  /** Looks for work at once; call it after a job was added. */
  wake(): void;
  /** Stops taking jobs and waits for those under way. */
  close(): Promise<void>;
};

export type JobRunnerOptions = {
  store: JobStore;
  /** Does what is left of a job, for one turn of its tenant; says whether that was all. What it finished before it threw stays done. */
  work: (job: ClaimedJob, signal: AbortSignal) => Promise<boolean>;
  /** Called when the last of some jobs is done. */
  afterwards: () => Promise<void>;
  logger: Logger;
  pollMs?: number;
};

/** Another replica's jobs, and those whose worker died, are found by looking this often. */
const POLL_MS = 2_000;
const MOST_ATTEMPTS = 5;
/** The largest text of a small job, in bytes. */
const SMALL_TEXT_BYTES = 20_000;
/** Jobs at once, each with the largest text it may have: a small one never waits for large ones to end. */
const LANES = [undefined, undefined, SMALL_TEXT_BYTES];
const PASSING: readonly ErrorCode[] = ['unavailable', 'upstream_error', 'upstream_timeout'];

/** Whether it may be otherwise in a while; anything else would fail again, as the same text gives the same vector. */
export function isPassing(error: unknown): boolean {
  return error instanceof AppError && PASSING.includes(error.code) && error.reason !== UNUSABLE_EMBEDDING;
}

export function createJobRunner({
  store,
  work,
  afterwards,
  logger,
  pollMs = POLL_MS,
}: JobRunnerOptions): JobRunner {
  const closing = new AbortController();
  let added = new AbortController();
  let underWay = 0;

  const tidyUp = () => afterwards().catch((error: unknown) => logger.warn('tidying up failed', { error }));
  const loop = async (largestText: number | undefined) => {
    let worked = false;
    while (!closing.signal.aborted) {
      // Taken before the look: a job added during it ends the pause at once.
      const wake = added.signal;
      const job = await store.claim(largestText).catch((error: unknown) => {
        logger.warn('looking for jobs failed', { error });
        return undefined;
      });
      if (job) await run(job);
      else if (worked && underWay === 0) await tidyUp();
      else await delay(pollMs, undefined, { signal: wake }).catch(() => undefined);
      worked = job !== undefined;
    }
  };

  const run = async (job: ClaimedJob) => {
    const lost = new AbortController();
    const renewal = setInterval(() => {
      store.renewLease(job).catch((error: unknown) => {
        if (error instanceof ClaimLost) lost.abort(error);
        else logger.warn('a job could not renew its lease', { jobId: job.id, error });
      });
    }, store.renewalMs);
    underWay += 1;
    try {
      // Those before ended without a word, perhaps with their process.
      if (job.attempts > MOST_ATTEMPTS) throw new Error('a job brought its workers down');
      const isDone = await work(job, AbortSignal.any([closing.signal, lost.signal]));
      await (isDone ? store.succeed(job) : store.handBack(job));
    } catch (error) {
      await settle(job, lost.signal.aborted ? lost.signal.reason : error).catch((unsettled: unknown) =>
        logger.error('a failed job could not be recorded', { jobId: job.id, error: unsettled }),
      );
    } finally {
      underWay -= 1;
      clearInterval(renewal);
    }
  };

  const settle = async (job: ClaimedJob, error: unknown) => {
    if (error instanceof ClaimLost) {
      logger.warn('another worker has taken a job over', { jobId: job.id, attempt: job.attempts });
      return;
    }
    const code = error instanceof AppError ? error.code : 'internal';
    if (closing.signal.aborted) return store.handBack(job);
    const reason = error instanceof AppError ? error.reason : undefined;
    logger.warn('a job failed', { jobId: job.id, attempt: job.attempts, code, reason, error });
    if (isPassing(error) && job.attempts < MOST_ATTEMPTS) return store.retryLater(job, 2 ** job.attempts);
    const detail = error instanceof AppError ? error.message : 'The document could not be indexed.';
    return store.fail(job, { code, detail });
  };

  const running = Promise.all(LANES.map(loop));
  const wake = () => {
    added.abort();
    added = new AbortController();
  };
  return {
    wake,
    close: async () => {
      closing.abort();
      wake();
      await running;
    },
  };
}
