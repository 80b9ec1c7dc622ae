/** Reports of what goes wrong again and again. */
export type SparseReports = {
  /** `lost`: how many were given up because of it. */
  report(error: unknown, lost?: number): void;
  /** Says what was not said yet. */
  close(): void;
};

/** Hands on the first report at once, and then the latest one every so many milliseconds, with all that was lost in between. */
export function createSparseReports(
  onError: (error: unknown, lost: number) => void,
  pauseMs: number,
): SparseReports {
  let waiting: { error: unknown; lost: number } | undefined;
  let pause: NodeJS.Timeout | undefined;

  function say(): void {
    clearTimeout(pause);
    pause = undefined;
    if (!waiting) return;
    const { error, lost } = waiting;
    waiting = undefined;
    pause = setTimeout(say, pauseMs).unref();
    onError(error, lost);
  }

  return {
    report(error, lost = 0) {
      waiting = { error, lost: lost + (waiting?.lost ?? 0) };
      if (!pause) say();
    },
    close() {
      say();
      clearTimeout(pause);
    },
  };
}
