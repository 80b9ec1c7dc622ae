import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { AppError } from '../errors/app-error.ts';
import { createLines } from './lines.ts';
import type { Whose } from './whose.ts';

/** Worker threads for what would hold the event loop for too long. Tenants take turns at them. */
export type FairPool<Task, Result> = {
  /**
   * @throws AppError `unavailable` where too many wait; the signal's reason where it was aborted before its turn came; what the
   *   worker throws, as an error without its class
   */
  run(task: Task, whose: Whose): Promise<Result>;
  close(): Promise<void>;
};

export type FairPoolOptions = {
  worker: URL;
  workerData?: unknown;
  threads?: number;
  /** How many may wait, of one tenant and of all. */
  mostOfOne?: number;
  mostOfAll?: number;
};

/** One thread may be busy with a long task; with a second one others still get their turn. */
const FEWEST_THREADS = 2;
const MOST_THREADS = 4;
/** Loading the models takes longer than most tasks. */
const IDLE_MS = 300_000;
const RETRY_SECONDS = 2;

type Waiting<Task, Result> = Whose & {
  task: Task;
  resolve: (result: Result | PromiseLike<Result>) => void;
  reject: (error: unknown) => void;
  onAbort: () => void;
};

/** Threads start with the first task. No tenant has all of them at once. */
export function createFairPool<Task, Result>({
  worker,
  workerData,
  threads = Math.min(MOST_THREADS, Math.max(FEWEST_THREADS, availableParallelism() - 1)),
  mostOfOne = 32,
  mostOfAll = 256,
}: FairPoolOptions): FairPool<Task, Result> {
  let pool: Piscina | undefined;
  let isClosed = false;
  let running = 0;
  const runningOf = new Map<string, number>();
  const waiting = createLines<Waiting<Task, Result>>();
  const mayHave = (tenant: string) => (runningOf.get(tenant) ?? 0) < Math.max(1, threads - 1);

  const begin = async ({ task, tenant, signal, resolve, onAbort }: Waiting<Task, Result>) => {
    signal?.removeEventListener('abort', onAbort);
    running += 1;
    runningOf.set(tenant, (runningOf.get(tenant) ?? 0) + 1);
    pool ??= openPool(worker, threads, workerData);
    const done = pool.run(task) as Promise<Result>;
    resolve(done);
    await done.catch(() => undefined);
    running -= 1;
    const left = runningOf.get(tenant)! - 1;
    if (left === 0) runningOf.delete(tenant);
    else runningOf.set(tenant, left);
    beginNext();
  };
  const beginNext = (): void => {
    while (running < threads) {
      const next = waiting.next(mayHave);
      if (!next) return;
      void begin(next);
    }
  };

  return {
    run: async (task, whose) => {
      whose.signal?.throwIfAborted();
      const { tenant, signal } = whose;
      if (isClosed || waiting.length >= mostOfAll || waiting.lengthOf(tenant) >= mostOfOne) throw noRoom();
      return new Promise<Result>((resolve, reject) => {
        const onAbort = () => {
          waiting.leave(tenant, one);
          reject(signal!.reason as Error);
        };
        const one: Waiting<Task, Result> = { task, tenant, signal, resolve, reject, onAbort };
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.join(tenant, one);
        beginNext();
      });
    },
    close: async () => {
      isClosed = true;
      for (let one = waiting.next(); one; one = waiting.next()) one.reject(noRoom());
      await pool?.destroy();
    },
  };
}

function openPool(worker: URL, threads: number, workerData: unknown): Piscina {
  const pool = new Piscina({
    filename: worker.href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    workerData,
  });
  // Told of a worker that died idle; the next task starts another.
  pool.on('error', () => undefined);
  return pool;
}

function noRoom(): AppError {
  return new AppError('unavailable', 'Too many long texts wait to be checked: try again shortly.', {
    retryAfterSeconds: RETRY_SECONDS,
  });
}
