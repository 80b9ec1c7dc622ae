import type { Finding } from '../guardrails/audit-draft.ts';

/** Is told of every turn of a job and its stages: does `work`, and may look at how long it takes and how it ends. */
export type ObserveIngest = {
  job<Result>(id: string, work: () => Promise<Result>): Promise<Result>;
  stage<Result>(stage: 'prepare' | 'embed' | 'index', work: () => Promise<Result>): Promise<Result>;
  /** What the corpus audit found in one document. */
  found(findings: readonly Finding[]): void;
};

export const unobserved: ObserveIngest = {
  job: (_id, work) => work(),
  stage: (_stage, work) => work(),
  found: () => undefined,
};
