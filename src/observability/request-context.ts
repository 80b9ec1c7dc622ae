import type { Principal } from '../auth/principal.ts';
import type { GuardrailReport } from '../guardrails/verdict.ts';

/** What is known of a request while it is answered; it travels in Express's `res.locals`. */
export type RequestContext = {
  requestId: string;
  /** The pattern that matched (`/admin/documents/:id`), never the path as sent: a path may hold anything. */
  route?: string;
  principal?: Principal;
  /** The code of the problem that the request ended in. */
  problem?: string;
  /** The category of blocked content. */
  category?: string;
  /** What the guardrails found: kinds and counts, never a text. */
  guardrails?: GuardrailReport;
};

const KEY = 'sallyport';

export function openContext(locals: Record<string, unknown>, requestId: string): RequestContext {
  const context: RequestContext = { requestId };
  locals[KEY] = context;
  return context;
}

export function contextOf(locals: Record<string, unknown>): RequestContext {
  return locals[KEY] as RequestContext;
}
