import type { PiiType } from './verdict.ts';

/** How many of each type, in the order in which they first came. */
export function countTypes(found: readonly { type: PiiType }[]): { type: PiiType; count: number }[] {
  const counts = new Map<PiiType, number>();
  for (const { type } of found) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => ({ type, count }));
}
