import type { Reading } from './metrics.ts';

/** Whoever collects metrics is patient for about ten seconds, and there are many values. */
const PATIENCE_MS = 2_000;
/** Several collectors, and several gauges on one read, share what was just read. */
const FRESH_MS = 1_000;

type Read = () => Reading | Promise<Reading>;

/**
 * Reads, or gives undefined: where reading fails, or takes too long. While a slow read goes on no second one is begun, so that
 * what is slow already is not asked more and more often.
 */
export function readInTime(
  read: Read,
  onFailure: (error: unknown) => void = () => undefined,
  patienceMs = PATIENCE_MS,
): () => Promise<Reading> {
  let current: Promise<Reading> | undefined;
  return async () => {
    current ??= settled(read, onFailure).finally(() => (current = undefined));
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patienceMs);
    });
    try {
      return await Promise.race([current, timeUp]);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function settled(read: Read, onFailure: (error: unknown) => void): Promise<Reading> {
  try {
    return await read();
  } catch (error) {
    onFailure(error);
    return undefined;
  }
}

/** The same question, asked of its source at most once a second: of what came, everybody is given the same. */
export function sharedFor<Value>(ask: () => Promise<Value>, freshMs = FRESH_MS): () => Promise<Value> {
  let answer: Promise<Value> | undefined;
  return () => {
    if (answer) return answer;
    const asked = ask();
    answer = asked;
    const forget = () => {
      setTimeout(() => {
        if (answer === asked) answer = undefined;
      }, freshMs).unref();
    };
    asked.then(forget, () => {
      answer = undefined;
    });
    return asked;
  };
}
