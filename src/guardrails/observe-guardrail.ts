import type { Direction } from './verdict.ts';

export type GuardrailName = 'pii' | 'injection' | 'content' | 'topic';

/**
 * Is told of every guardrail that runs: does `work`, and may look at how long it takes and at the types of what it `found`, one
 * for each finding (`PII/EMAIL`, `injection`, `content/hate`, `topic`).
 */
export type ObserveGuardrail = <Result>(
  guardrail: GuardrailName,
  direction: Direction,
  work: () => Result,
  found: (result: Awaited<Result>) => string[],
) => Result;

export const unobserved: ObserveGuardrail = (_guardrail, _direction, work) => work();
