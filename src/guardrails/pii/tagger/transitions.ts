import { mayFollow, TAG_COUNT } from './tags.ts';

/** How likely each tag follows each, as log odds; what may not be follows never. */
export type Transitions = { logs: Float64Array; odds: Float64Array };

/** So unlikely that it counts as never. */
export const NEVER = -1e9;

export function createTransitions(weights: Float64Array): Transitions {
  const logs = weights.map((weight, at) => (mayFollow(Math.floor(at / TAG_COUNT), at % TAG_COUNT) ? weight : NEVER));
  return { logs, odds: logs.map(Math.exp) };
} // prettier-ignore
