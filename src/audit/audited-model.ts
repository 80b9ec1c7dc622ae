import { createMeter } from '../limits/meter.ts';
import type { AnswerModel } from '../llms/answer-model.ts';
import type { Price } from '../llms/prices.ts';
import type { AuditLog } from './audit-log.ts';
import { failureOf, modelCallEvent, type CallEnd } from './model-call-event.ts';

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
      const { stream, turn } = request;
      // Counts as the caller's own does: a call that breaks off is on record with what is charged for it.
      const meter = createMeter({ most: turn.most, price, stream, settle: () => undefined });
      const onAsked = (): void => {
        meter.asked();
        request.onAsked();
      };
      let wrote = model.name;
      let end: CallEnd = { outcome: 'aborted' };
      try {
        for await (const part of meter.count(model.answer({ ...request, onAsked }))) {
          if (part.type === 'end') {
            wrote = part.model;
            end = { outcome: 'success' };
          }
          yield part;
        }
      } catch (error) {
        end = failureOf(error, request.signal);
        throw error;
      } finally {
        const latencyMs = performance.now() - started;
        const used = meter.close();
        audit.record(modelCallEvent({ action: 'chat', model: wrote, ...end, used, latencyMs })).catch(
          () => undefined, // the log has said so, and the request's own record fails with it
        );
      }
    },
  };
}
