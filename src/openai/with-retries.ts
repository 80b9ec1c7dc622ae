import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from '../config/schema.ts';
import { mayPass } from './openai-failure.ts';
import { retryAfterMs } from './retry-after.ts';

/** How long a call may take, with all its attempts; `signal` ends it when it is over, or the caller has gone. */
export type Deadline = { signal: AbortSignal; at: number; isOver: () => boolean };

export type RetryOptions = {
  /** Further attempts, at the most. */
  retries: number;
  deadline: Deadline;
  /** Awaited before a further attempt; where it rejects, there is none. */
  beforeRetry?: ((signal: AbortSignal) => Promise<void>) | undefined;
};

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
/** Callers that failed together should not come back together. */
const JITTER = 0.25;

export function deadlineOf(
  { LLM_TIMEOUT_MS }: Settings,
  attempts: number,
  signal: AbortSignal | undefined,
): Deadline {
  const forMs = LLM_TIMEOUT_MS * attempts;
  const over = AbortSignal.timeout(forMs);
  return {
    signal: AbortSignal.any(signal ? [signal, over] : [over]),
    at: Date.now() + forMs,
    isOver: () => over.aborted,
  };
}

/**
 * Makes a call, and makes it again where that may help: after as long as the provider says, or a pause that grows. What it
 * says is obeyed within the deadline; beyond it the call has failed now. `attempt` gets the number of the attempts before.
 *
 * @throws what the last attempt threw, or, at once, the signal's reason
 */
export async function withRetries<Result>(
  attempt: (before: number) => Promise<Result>,
  { retries, deadline: { signal, at }, beforeRetry }: RetryOptions,
): Promise<Result> {
  for (let before = 0; ; before += 1) {
    try {
      return await attempt(before);
    } catch (error) {
      signal.throwIfAborted();
      if (before === retries || !mayPass(error)) throw error;
      const waitMs = retryAfterMs((error as { headers?: Headers }).headers) ?? pauseMs(before);
      if (Date.now() + waitMs >= at) throw error;
      await delay(waitMs, undefined, { signal });
      try {
        await beforeRetry?.(signal);
      } catch {
        signal.throwIfAborted();
        throw error;
      }
    }
  }
}

function pauseMs(before: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** before, LONGEST_PAUSE_MS) * (1 - JITTER * Math.random());
}
