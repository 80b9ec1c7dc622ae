import { isIP } from 'node:net';
import { packageVersion } from '../../config/package-root.ts';
import type { AuditEvent, AuditOutcome } from '../audit-event.ts';
import { activityOf, isAuthentication, isGuardrailBlock, type Activity } from './activity.ts';
import type { AuditRecord } from './audit-record.ts';
import { compact } from './compact.ts';

/**
 * The version of the Elastic Common Schema whose fields and categorisation values are used. `gen_ai` is no part of it yet: the
 * names are those that 9.1 gave it.
 */
const ECS_VERSION = '8.17.0';
const NS_PER_MS = 1_000_000;

/** What was answered with a refusal was answered; only `sallyport.outcome` tells the two apart. */
const OUTCOMES = {
  success: 'success',
  refused: 'success',
  denied: 'failure',
  failure: 'failure',
  aborted: 'unknown',
} as const satisfies Record<AuditOutcome, string>;

const TYPES = {
  create: 'creation',
  read: 'access',
  update: 'change',
  delete: 'deletion',
  other: 'info',
} as const satisfies Record<Activity, string>;

/** A record in Elastic Common Schema; what it has no field for is under `sallyport`. */
export function ecs({ event, seq, hash }: AuditRecord): object {
  return compact({
    '@timestamp': event.time,
    ecs: { version: ECS_VERSION },
    event: {
      kind: isGuardrailBlock(event) ? 'alert' : 'event',
      category: categoriesOf(event),
      type: typesOf(event),
      action: event.action,
      outcome: OUTCOMES[event.outcome],
      id: event.id,
      dataset: 'sallyport.audit',
      duration: event.latency_ms === undefined ? undefined : Math.round(event.latency_ms * NS_PER_MS),
      code: event.code,
      reason: event.category,
      sequence: seq,
      hash,
    },
    service: { name: 'sallyport', version: packageVersion },
    organization: { id: event.tenant === '' ? undefined : event.tenant },
    user: { id: event.subject },
    // The schema asks for the source even where the client is known, and what searches for addresses looks there.
    source: addressOf(event),
    client: addressOf(event),
    http: {
      request: { method: event.method, id: event.request_id },
      response: { status_code: event.status },
    },
    labels: { route: event.route },
    trace: { id: event.trace_id },
    gen_ai: {
      request: { model: event.model },
      usage: { input_tokens: event.prompt_tokens, output_tokens: event.completion_tokens },
    },
    sallyport: {
      event: event.event,
      outcome: event.outcome,
      key_id: event.key_id,
      cost_usd: event.cost_usd,
      guardrails: event.guardrails,
      documents: event.documents,
      target: event.target,
      query_hash: event.query_hash,
      count: event.count,
    },
  });
}

function addressOf({ address }: AuditEvent): Record<string, string | undefined> {
  return { address, ip: isIP(address ?? '') === 0 ? undefined : address };
}

function categoriesOf(event: AuditEvent): string[] {
  if (event.event === 'audit') return ['configuration'];
  if (isGuardrailBlock(event)) return ['intrusion_detection', 'api'];
  if (isAuthentication(event)) return ['authentication', 'api'];
  if (event.action.startsWith('keys.')) return ['iam', 'api'];
  if (/^(audit|log_level)\./.test(event.action)) return ['configuration', 'api'];
  return event.event === 'request' ? ['web', 'api'] : ['api'];
}

/** Each type is one that the schema expects with one of the categories. */
function typesOf(event: AuditEvent): string[] {
  const type = isAuthentication(event) && event.event !== 'audit' ? 'start' : TYPES[activityOf(event.action)];
  return event.outcome === 'denied' && event.event !== 'audit' ? [type, 'denied'] : [type];
}
