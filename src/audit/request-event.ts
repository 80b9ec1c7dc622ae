import type { RequestContext } from '../observability/request-context.ts';
import type { AuditEvent, AuditOutcome } from './audit-event.ts';
import { occurrence } from './occurrence.ts';

/** What HTTP knows of a request when it is over, or about to be. */
export type EndedRequest = {
  method: string;
  /** That the client is told. */
  status: number;
  /** The client went away before it had its answer. */
  aborted: boolean;
  /** As AUDIT_ADDRESS says. */
  address: string | undefined;
  latencyMs: number;
};

/** Longer texts are cut: a subject comes from a token. */
const LONGEST = 256;
const MOST_DOCUMENTS = 100;
const DENIED_STATUS = new Set([401, 403, 429]);
const DENIED_CODES = new Set(['content_blocked', 'prompt_injection', 'pii_blocked']);

/** The record of one request: of everything that is known of it, only what an audit event has a field for. */
export function requestEvent(context: RequestContext, ended: EndedRequest): AuditEvent {
  const { facts, guardrails } = context;
  const { usage, principal = context.principal } = facts;
  const code = context.problem ?? facts.refusal;
  const known = {
    code,
    category: context.category,
    subject: principal && bounded(principal.subject),
    key_id: principal?.keyId,
    route: context.route,
    address: ended.address,
    trace_id: context.traceId,
    model: facts.model,
    prompt_tokens: usage?.promptTokens,
    completion_tokens: usage?.completionTokens,
    cost_usd: usage?.costUsd ?? undefined,
    guardrails: guardrails && hasFindings(guardrails) ? guardrails : undefined,
    documents: facts.documents?.slice(0, MOST_DOCUMENTS),
    target: facts.target,
    query_hash: context.queryHash,
  };
  return {
    ...occurrence(
      context.administers ? 'admin_action' : 'request',
      context.action ?? 'unmatched',
      outcomeOf(ended, code, facts.refusal),
    ),
    tenant: facts.tenant ?? principal?.tenant ?? '',
    method: bounded(ended.method),
    status: ended.status,
    request_id: context.requestId,
    latency_ms: Math.round(ended.latencyMs * 10) / 10,
    ...present(known),
  };
}

function outcomeOf(
  { status, aborted }: EndedRequest,
  code: string | undefined,
  refusal: string | undefined,
): AuditOutcome {
  if (aborted) return 'aborted';
  if (DENIED_STATUS.has(status) || DENIED_CODES.has(code ?? '')) return 'denied';
  if (status >= 400) return 'failure';
  return refusal === undefined ? 'success' : 'refused';
}

function hasFindings({ redactions, flags }: { redactions: unknown[]; flags: unknown[] }): boolean {
  return redactions.length + flags.length > 0;
}

function bounded(text: string): string {
  return text.slice(0, LONGEST).toWellFormed();
}

type Present<Fields> = { [Name in keyof Fields]?: NonNullable<Fields[Name]> };

/** Without what is not known: a field that is undefined is not recorded as null. */
function present<Fields extends object>(fields: Fields): Present<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Present<Fields>;
}
