import { siblingModule } from '../config/package-root.ts';
import { createFairPool, type FairPool } from '../event-loop/fair-pool.ts';
import type { LookedAt, LookTask, LookWorkerData } from './look-worker.ts';
import { phrasesToDescribe } from './topics/topic-restrictor.ts';

export type LookPool = FairPool<LookTask, LookedAt>;

/** A shorter text is looked at within some ten milliseconds, whatever it is made of. */
const INLINE_CHARS = 1_000;
/** Describing a topic's phrase takes about a millisecond. */
const INLINE_PHRASES = 10;

/** Where texts are looked at that would hold the event loop for too long. */
export function createLookPool(workerData: LookWorkerData): LookPool {
  return createFairPool<LookTask, LookedAt>({
    worker: siblingModule(import.meta.url, './look-worker'),
    workerData,
  });
}

export function belongsInPool({ text, options }: LookTask): boolean {
  if (text.length > INLINE_CHARS) return true;
  const { direction, topicsAllowed, topicsBlocked } = options;
  return direction === 'input' && phrasesToDescribe([...topicsAllowed, ...topicsBlocked]) > INLINE_PHRASES;
}
