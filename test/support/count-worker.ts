import { threadId } from 'node:worker_threads';

export type CountTask = { name: string; ms: number };

/** Keeps its thread busy, as a long text does. */
export default ({ name, ms }: CountTask): { name: string; thread: number } => {
  for (const from = performance.now(); performance.now() - from < ms;);
  if (name === 'fails') throw new Error('as told');
  return { name, thread: threadId };
};
