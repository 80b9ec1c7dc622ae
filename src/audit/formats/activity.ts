import type { AuditEvent } from '../audit-event.ts';

/** What an action does to what it is about. */
export type Activity = 'create' | 'read' | 'update' | 'delete' | 'other';

const BY_VERB = new Map<string, Activity>([
  ['create', 'create'],
  ['read', 'read'],
  ['list', 'read'],
  ['watch', 'read'],
  ['export', 'read'],
  ['verify', 'read'],
  ['query', 'read'],
  ['search', 'read'],
  ['health', 'read'],
  ['ready', 'read'],
  ['openapi', 'read'],
  ['page', 'read'],
  ['change', 'update'],
  ['rotate', 'update'],
  ['release', 'update'],
  ['delete', 'delete'],
  ['revoke', 'delete'],
  ['prune', 'delete'],
]);

/** An action ends in its verb: `keys.revoke`. One with a verb that is not known here is `other`, whatever it does. */
export function activityOf(action: string): Activity {
  return BY_VERB.get(action.slice(action.lastIndexOf('.') + 1)) ?? 'other';
}

/** Codes of what a guardrail stopped: the question, or the answer. */
const BLOCKS = new Set(['prompt_injection', 'content_blocked', 'pii_blocked', 'output_blocked']);

export function isGuardrailBlock({ code }: AuditEvent): boolean {
  return code !== undefined && BLOCKS.has(code);
}

/** Somebody said who he is: to get a token, or in vain. */
export function isAuthentication({ action, status }: AuditEvent): boolean {
  return action === 'token.issue' || status === 401;
}
