import { AsyncLocalStorage } from 'node:async_hooks';
import type { Embedder, OnUsage } from '../embedders/embedder.ts';
import { GEN_AI, SALLYPORT, SERVER_ADDRESS } from './gen-ai-names.ts';
import { observeStage, type Telemetry } from './telemetry.ts';
import type { SpanKind } from './tracer.ts';

export type ObservedEmbeddings = {
  /** To be told what the embedder reports: a call's tokens and cost come to its span. */
  onUsage: OnUsage;
  observe(embedder: Embedder): Embedder;
};

/** Embedders whose calls are traced and measured. `server` is the provider's host, for those that are outside this process. */
export function observeEmbeddings(telemetry: Telemetry, server: string | undefined): ObservedEmbeddings {
  const counting = new AsyncLocalStorage<{ tokens: number; costUsd: number }>();
  return {
    onUsage: ({ tokens, costUsd }) => {
      const count = counting.getStore();
      if (!count) return;
      count.tokens += tokens;
      count.costUsd += costUsd;
    },
    observe: (embedder) => {
      const { provider, model } = namesOf(embedder);
      const attributes = {
        [GEN_AI.operation]: 'embeddings',
        [GEN_AI.provider]: provider,
        [GEN_AI.requestModel]: model,
        [GEN_AI.dimensions]: embedder.dimensions,
        [SERVER_ADDRESS]: embedder.isRemote ? server : undefined,
      };
      const kind: SpanKind = embedder.isRemote ? 'client' : 'internal';
      const embed: Embedder['embed'] = (texts, ...rest) => {
        const stage = {
          stage: 'embedding' as const,
          span: `embeddings ${model}`,
          name: model,
          kind: kind,
          attributes: { ...attributes, [SALLYPORT.texts]: texts.length },
        };
        return observeStage(telemetry, stage, async (span) => {
          const count = { tokens: 0, costUsd: 0 };
          try {
            return await counting.run(count, () => embedder.embed(texts, ...rest));
          } finally {
            if (count.tokens > 0)
              span.set({ [GEN_AI.inputTokens]: count.tokens, [SALLYPORT.costUsd]: count.costUsd });
          }
        });
      };
      return { ...embedder, embed };
    },
  };
}

/** An embedder's name is its provider, its model (which may hold slashes), and its length. */
function namesOf({ name }: Embedder): { provider: string; model: string } {
  const [provider = name, ...rest] = name.split('/');
  return { provider, model: rest.slice(0, -1).join('/') || name };
}
