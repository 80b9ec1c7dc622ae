import type { Finding } from '../guardrails/audit-draft.ts';

/** What became of one document of a job, once it is searchable. */
export type IngestedDocument = {
  id: string;
  title: string;
  status: string;
  chunks: number;
  version: number;
  duplicate_of?: string;
  findings: Finding[];
};
