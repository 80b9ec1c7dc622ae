import { asErrorCode } from '../errors/app-error.ts';
import type { Usage } from '../llms/answer-model.ts';
import { currentContext } from '../observability/request-context.ts';
import type { AuditEvent, AuditOutcome } from './audit-event.ts';
import { occurrence } from './occurrence.ts';

/** How a call ended. */
export type CallEnd = { outcome: AuditOutcome; code?: string };

type ModelCall = CallEnd & {
  action: 'chat' | 'embeddings' | 'moderation';
  model: string;
  used?: Usage;
  latencyMs?: number;
};

/** A call to a provider, on behalf of the request under way, if there is one. */
export function modelCallEvent(call: ModelCall): AuditEvent {
  const { principal, requestId, traceId } = currentContext() ?? {};
  const { used, latencyMs } = call;
  return {
    ...occurrence('model_call', call.action, call.outcome),
    tenant: principal?.tenant ?? '',
    model: call.model,
    ...(call.code === undefined ? {} : { code: call.code }),
    ...(principal ? { subject: principal.subject } : {}),
    ...(principal?.keyId === undefined ? {} : { key_id: principal.keyId }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    ...(used ? { prompt_tokens: used.promptTokens, completion_tokens: used.completionTokens } : {}),
    ...(typeof used?.costUsd === 'number' ? { cost_usd: used.costUsd } : {}),
    ...(latencyMs === undefined ? {} : { latency_ms: Math.round(latencyMs * 10) / 10 }),
  };
}

/** How a call ended that threw: whoever did not want it any more is no failure of the provider's. */
export function failureOf(error: unknown, signal: AbortSignal | undefined): CallEnd {
  return signal?.aborted ? { outcome: 'aborted' } : { outcome: 'failure', code: asErrorCode(error) };
}
