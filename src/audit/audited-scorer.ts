import type { ContentScorer } from '../guardrails/content/content-scorer.ts';
import type { AuditLog } from './audit-log.ts';
import { failureOf, modelCallEvent, type CallEnd } from './model-call-event.ts';

/** Puts every rating by a provider on record, whichever way it ends; not waited for, as calls to a model are not. */
export function createAuditedScorer(scorer: ContentScorer, audit: AuditLog): ContentScorer {
  return {
    ...scorer,
    rate: async (text, signal) => {
      const started = performance.now();
      let end: CallEnd = { outcome: 'success' };
      try {
        return await scorer.rate(text, signal);
      } catch (error) {
        end = failureOf(error, signal);
        throw error;
      } finally {
        const latencyMs = performance.now() - started;
        const event = modelCallEvent({ action: 'moderation', model: scorer.name, ...end, latencyMs });
        audit.record(event).catch(() => undefined);
      }
    },
  };
}
