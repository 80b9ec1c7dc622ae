import type { Finding } from '../guardrails/audit-draft.ts';

/** Is told of every job and its stages: does `work`, and may look at how long it takes and how it ends. */
export type ObserveIngest = {
  job(id: string, work: () => Promise<void>): Promise<void>;
  stage<Result>(stage: 'prepare' | 'embed' | 'index', work: () => Promise<Result>): Promise<Result>;
  /** What the corpus audit found in one document. */
  found(findings: readonly Finding[]): void;
};

export const unobserved: ObserveIngest = {
  job: (_id, work) => work(),
  stage: (_stage, work) => work(),
  found: () => undefined,
};
