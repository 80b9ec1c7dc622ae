import { asErrorCode } from '../errors/app-error.ts';
import type { AnswerModel, TokenCount } from '../llms/answer-model.ts';
import { nanoUsd, usdOf, type Price } from '../llms/prices.ts';
import { currentContext } from '../observability/request-context.ts';
import type { AuditEvent, AuditOutcome } from './audit-event.ts';
import type { AuditLog } from './audit-log.ts';
import { occurrence } from './occurrence.ts';

/**
 * Puts every call to a provider on record, whichever way it ends. The call does not wait for it: the record of the request
 * that it belongs to comes behind it in the same log, and the answer waits for that. A model in this process is given back as it is.
 */
export function createAuditedModel(
  model: AnswerModel,
  { audit, price }: { audit: AuditLog; price: Price | undefined },
): AnswerModel {
  if (model.maxOutputTokens === undefined) return model;
  return {
    ...model,
    async *answer(request) {
      const started = performance.now();
      let wrote = model.name;
      let used: TokenCount | undefined;
      let outcome: AuditOutcome = 'aborted';
      let code: string | undefined;
      try {
        for await (const part of model.answer(request)) {
          if (part.type === 'end') {
            wrote = part.model;
            used = part.usage;
            outcome = 'success';
          }
          yield part;
        }
      } catch (error) {
        if (!request.signal.aborted) {
          outcome = 'failure';
          code = asErrorCode(error);
        }
        throw error;
      } finally {
        const latencyMs = performance.now() - started;
        audit
          .record(modelCallEvent({ action: 'chat', model: wrote, outcome, code, used, price, latencyMs }))
          .catch(
            () => undefined, // the log has said so, and the request's own record fails with it
          );
      }
    },
  };
}

type ModelCall = {
  action: 'chat' | 'embeddings';
  model: string;
  outcome: AuditOutcome;
  code?: string | undefined;
  used?: TokenCount | undefined;
  price?: Price | undefined;
  costUsd?: number;
  latencyMs?: number;
};

/** A call to a provider, on behalf of the request under way, if there is one. */
export function modelCallEvent(call: ModelCall): AuditEvent {
  const { principal, requestId, traceId } = currentContext() ?? {};
  const { used, price, latencyMs } = call;
  const costUsd =
    call.costUsd ??
    (used && price ? usdOf(nanoUsd(price, used.promptTokens, used.completionTokens)) : undefined);
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
    ...(costUsd === undefined ? {} : { cost_usd: costUsd }),
    ...(latencyMs === undefined ? {} : { latency_ms: Math.round(latencyMs * 10) / 10 }),
  };
}
