import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Whoever reads nothing for so long has gone without saying so: what is reserved for him is needed. */
const PATIENCE_MS = 60_000;

/**
 * Waits until what was written has been taken, or the reader is gone. A reader that is slower than the model slows the model
 * down, instead of filling our memory; one that takes nothing is cut off.
 */
export async function drained(out: Writable, gone: AbortSignal, patienceMs = PATIENCE_MS): Promise<void> {
  try {
    await once(out, 'drain', { signal: AbortSignal.any([gone, AbortSignal.timeout(patienceMs)]) });
  } catch {
    out.destroy();
  }
}
