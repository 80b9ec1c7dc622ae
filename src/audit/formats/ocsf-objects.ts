import { isIP } from 'node:net';
import type { AuditEvent } from '../audit-event.ts';
import type { AuditRecord } from './audit-record.ts';

/** Who did it: what nobody asked for, Sallyport itself. */
export function actorOf(event: AuditEvent): Record<string, unknown> {
  const byItself = event.subject === undefined && (event.event === 'audit' || event.event === 'model_call');
  return byItself ? { app_name: 'sallyport' } : { user: userOf(event) };
}

export function userOf({ subject, key_id, tenant }: AuditEvent): Record<string, unknown> {
  if (subject === undefined) return { name: 'anonymous' };
  return {
    uid: subject,
    credential_uid: key_id,
    org: { uid: tenant === '' ? undefined : tenant },
  };
}

export function apiOf({ action, request_id, status, code }: AuditEvent): Record<string, unknown> {
  return {
    operation: action,
    service: { name: 'sallyport' },
    request: { uid: request_id },
    response: { code: status, error: code },
  };
}

/** The class asks for a source always: where no address is kept, or the server itself began, it is told by name. */
export function sourceOf({ event, address }: AuditEvent): Record<string, unknown> {
  if (address !== undefined) return isIP(address) === 0 ? { name: address } : { ip: address };
  return event === 'audit' || event === 'model_call' ? { svc_name: 'sallyport' } : { name: 'not recorded' };
}

export function requestOf({ method, request_id }: AuditEvent): Record<string, unknown> | undefined {
  return method === undefined ? undefined : { http_method: method, uid: request_id };
}

/** What OCSF has no attribute for, by our names. */
export function unmapped({ event, hash }: AuditRecord): Record<string, unknown> {
  const { outcome, category, key_id, route, trace_id, latency_ms, model } = event;
  const { prompt_tokens, completion_tokens, cost_usd, guardrails, documents, target, query_hash, count } =
    event;
  return {
    tenant: event.tenant === '' ? undefined : event.tenant,
    ...{ hash, outcome, category, key_id, route, trace_id, latency_ms, model },
    ...{ prompt_tokens, completion_tokens, cost_usd, guardrails, documents, target, query_hash, count },
  };
}
