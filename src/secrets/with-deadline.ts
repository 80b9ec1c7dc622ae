/** Longest wait for secrets: a start or a reload fails then. */
export const DEADLINE_MS = 10_000;

/**
 * Does what may hang, and is told to stop at the deadline.
 *
 * @throws DOMException `TimeoutError` at the deadline, whether or not the work has stopped
 */
export async function withDeadline<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const deadline = new AbortController();
  const { signal } = deadline;
  const missed = new Promise<never>((_, fail) => {
    signal.addEventListener('abort', () => fail(signal.reason as Error));
  });
  // Not AbortSignal.timeout: nothing but this timer may be keeping the process alive.
  const timer = setTimeout(
    () => deadline.abort(new DOMException(`no answer within ${DEADLINE_MS / 1_000} s`, 'TimeoutError')),
    DEADLINE_MS,
  );
  try {
    return await Promise.race([work(signal), missed]);
  } finally {
    clearTimeout(timer);
  }
}
