import { AsyncLocalStorage } from 'node:async_hooks';
import type { Principal } from '../auth/principal.ts';
import type { GuardrailReport } from '../guardrails/verdict.ts';

/** What a route found out about the request that it answered. */
export type RequestFacts = {
  /** Why the answer is a refusal. */
  refusal?: string;
  model?: string;
  usage?: { promptTokens: number; completionTokens: number; costUsd: number | null };
  /** The ids of the documents that were cited, found or taken in. */
  documents?: string[];
  /** The public id of what was made or changed. */
  target?: string;
  /** Whose that is, where it need not be the caller's. */
  tenant?: string;
  /** Who asks, where the route itself found out. */
  principal?: Principal;
};

/** What is known of a request while it is answered; it travels in Express's `res.locals`, and with everything awaited. */
export type RequestContext = {
  requestId: string;
  /** Of the trace that the request is part of. */
  traceId?: string;
  /** The pattern that matched (`/admin/documents/:id`), never the path as sent: a path may hold anything. */
  route?: string;
  /** What the route does, by its name in the audit log. */
  action?: string;
  /** Whether that is to administer. */
  administers?: boolean;
  /** HMAC of the question. */
  queryHash?: string;
  facts: RequestFacts;
  /** Ends when the route has, also where the client went away before. */
  work?: Promise<void>;
  /** Puts the request on record, with the status that the client is told; every answer waits for it. */
  record?: (status: number) => Promise<void>;
  principal?: Principal;
  /** The limit that the tenant of the principal has, where it has one. */
  tenantRequestsPerMinute?: number;
  /** The code of the problem that the request ended in. */
  problem?: string;
  /** Why a token opened nothing. */
  tokenRefused?: string;
  /** The category of blocked content. */
  category?: string;
  /** What the guardrails found: kinds and counts, never a text. */
  guardrails?: GuardrailReport;
};

const KEY = 'sallyport';
const current = new AsyncLocalStorage<RequestContext>();

export function openContext(locals: Record<string, unknown>, requestId: string): RequestContext {
  const context: RequestContext = { requestId, facts: {} };
  locals[KEY] = context;
  return context;
}

export function contextOf(locals: Record<string, unknown>): RequestContext {
  return locals[KEY] as RequestContext;
}

/** Everything that `work` awaits finds this context as the current one. */
export function within<Result>(context: RequestContext, work: () => Result): Result {
  return current.run(context, work);
}

/** The request that this is done for; undefined for work of no request. */
export function currentContext(): RequestContext | undefined {
  return current.getStore();
}
