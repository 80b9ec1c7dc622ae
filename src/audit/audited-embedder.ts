import type { Embedder, EmbeddingUsage } from '../embedders/embedder.ts';
import type { AuditEvent } from './audit-event.ts';
import type { AuditLog } from './audit-log.ts';
import { failureOf, modelCallEvent } from './model-call-event.ts';

/**
 * Puts on record what a provider failed to embed; what it did embed is known by its charge. Not waited for, as calls to a model
 * are not. An embedder in this process is given back as it is.
 */
export function createAuditedEmbedder(
  embedder: Embedder,
  { audit, model }: { audit: AuditLog; model: string },
): Embedder {
  if (!embedder.isRemote) return embedder;
  return {
    ...embedder,
    embed: async (texts, kind, signal) => {
      const started = performance.now();
      try {
        return await embedder.embed(texts, kind, signal);
      } catch (error) {
        const latencyMs = performance.now() - started;
        const event = modelCallEvent({ action: 'embeddings', model, ...failureOf(error, signal), latencyMs });
        audit.record(event).catch(() => undefined);
        throw error;
      }
    },
  };
}

/** What a provider has embedded. */
export function embeddingsEvent(
  model: string,
  { tokens, costUsd }: Pick<EmbeddingUsage, 'tokens' | 'costUsd'>,
): AuditEvent {
  const used = { promptTokens: tokens, completionTokens: 0, costUsd };
  return modelCallEvent({ action: 'embeddings', model, outcome: 'success', used });
}
