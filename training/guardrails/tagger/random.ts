import { seededRandom, type Random as Draws } from '../../../bench/random.ts';

/** Draws that a seed repeats. */
export type Random = Draws & {
  chance(probability: number): boolean;
  /** From `low` to `high`, both included. */
  integer(low: number, high: number): number;
};

export function createRandom(seed: number): Random {
  const draws = seededRandom(seed);
  return {
    ...draws,
    chance: (probability) => draws.next() < probability,
    integer: (low, high) => low + draws.below(high - low + 1),
  };
}
