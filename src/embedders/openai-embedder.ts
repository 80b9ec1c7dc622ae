import { z } from 'zod';
import type { Settings } from '../config/schema.ts';
import { createOpenAiClient, malformedReply, upstreamFailure } from '../openai/openai-client.ts';
import type { Embedder } from './embedder.ts';

const BATCH = 128;

/** Embeds by the OpenAI embeddings API, or any server that speaks it. */
export function createOpenAiEmbedder(settings: Settings): Embedder {
  const client = createOpenAiClient(settings);
  const { EMBEDDING_MODEL: model, EMBEDDING_DIMENSIONS: dimensions } = settings;
  const replySchema = z.object({
    data: z.array(z.object({ index: z.number().int(), embedding: z.array(z.number()).length(dimensions) })),
  });
  const embedBatch = async (input: string[], signal: AbortSignal | undefined): Promise<Float32Array[]> => {
    const body = { model, input, dimensions, encoding_format: 'float' as const };
    try {
      const reply = replySchema.safeParse(await client.embeddings.create(body, signal ? { signal } : {}));
      if (!reply.success || reply.data.data.length !== input.length) throw malformedReply(reply.error);
      return reply.data.data.sort((a, b) => a.index - b.index).map(({ embedding }) => unit(embedding));
    } catch (error) {
      signal?.throwIfAborted();
      throw upstreamFailure(error, false);
    }
  };
  return {
    name: `openai/${model}/${dimensions}`,
    dimensions,
    embed: async (texts, _kind, signal) => {
      const vectors: Float32Array[] = [];
      for (let from = 0; from < texts.length; from += BATCH) {
        vectors.push(...(await embedBatch(texts.slice(from, from + BATCH), signal)));
      }
      return vectors;
    },
  };
}

function unit(values: number[]): Float32Array {
  const length = Math.hypot(...values) || 1;
  return Float32Array.from(values, (value) => value / length);
}
