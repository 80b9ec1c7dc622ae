/** A store answers within milliseconds; one that takes this long hangs. */
export const STORE_PATIENCE_MS = 2_000;

/** Rejects when `work` takes longer than `ms`; what it waits for may hang for ever, and a request must not. */
export async function inTime<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, fail) => {
    const end = () => fail(new Error(`no answer within ${ms} ms`));
    // After the sockets have been read: where this process was held up itself, the answer may be there.
    timer = setTimeout(() => setImmediate(end), ms);
  });
  return Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
}
