import type { GuardrailReport } from '../guardrails/verdict.ts';

/** What an event is about: a request to the routes that answer, what somebody administers, a call to a model, the log itself. */
export const AUDIT_EVENTS = ['request', 'admin_action', 'model_call', 'audit'] as const;
export type AuditEventName = (typeof AUDIT_EVENTS)[number];

/** `refused`: answered with a refusal (a guardrail, nothing found). `denied`: 401, 403, 429 or a blocked question. */
export const AUDIT_OUTCOMES = ['success', 'refused', 'denied', 'failure', 'aborted'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/**
 * One event, by the names it is stored and shown under. What is not listed here is never recorded: no text of a question,
 * an answer or a document has a field. Absent means not known or not fitting.
 */
export type AuditEvent = {
  /** UUID, made where it happened. */
  id: string;
  /** RFC 3339 in UTC with milliseconds: when it ended. */
  time: string;
  event: AuditEventName;
  /** What was done: `query`, `documents.create`, `keys.revoke`, `chat`, `audit.prune` ... */
  action: string;
  outcome: AuditOutcome;
  /** The problem's code, or the refusal's reason. */
  code?: string;
  /** The category of blocked content. */
  category?: string;
  /** Whose event it is: the caller's, or that of the key that was changed; '' where nobody was authenticated, or for the log itself. */
  tenant: string;
  subject?: string;
  key_id?: string;
  method?: string;
  /** The pattern that matched, never the path as sent. */
  route?: string;
  status?: number;
  /** Of the client, as AUDIT_ADDRESS says. */
  address?: string;
  request_id?: string;
  trace_id?: string;
  latency_ms?: number;
  model?: string;
  prompt_tokens?: number;
  completion_tokens?: number;
  cost_usd?: number;
  /** What the guardrails found: types and counts. */
  guardrails?: GuardrailReport;
  /** The ids of the documents that were cited, found or taken in: the first hundred. */
  documents?: string[];
  /** The public id of what an admin action was done to. */
  target?: string;
  /** HMAC of the question: equal questions have equal ones, and nobody can guess it without the secret. */
  query_hash?: string;
  /** How many: events that were lost, records that were removed, requests that this event stands for. */
  count?: number;
};
