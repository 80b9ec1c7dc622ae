import { z } from 'zod';
import { SettingsError } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { estimateTokens } from '../llms/estimate-tokens.ts';
import { embeddingPrice } from '../llms/prices.ts';
import { attemptHeaders, createOpenAiClient, type OutboundHeaders } from '../openai/openai-client.ts';
import { malformedReply, upstreamFailure } from '../openai/openai-failure.ts';
import { readJson } from '../openai/read-pieces.ts';
import { tokenCount } from '../openai/token-count.ts';
import { deadlineOf, withRetries } from '../openai/with-retries.ts';
import type { Embedder, EmbeddingKind, OnUsage } from './embedder.ts';
import { openAiBatches } from './openai-batches.ts';
import { unitVector } from './unit-vector.ts';

type KnownModel = { dimensions: number; canShorten: boolean };

const DEFAULT_MODEL = 'text-embedding-3-small';
const KNOWN_MODELS: Readonly<Record<string, KnownModel>> = {
  'text-embedding-3-small': { dimensions: 1536, canShorten: true },
  'text-embedding-3-large': { dimensions: 3072, canShorten: true },
  'text-embedding-ada-002': { dimensions: 1536, canShorten: false },
};

/** JSON has no word but null for what is no number; that is told apart from what is no vector at all. */
const numbers = z.custom<(number | null)[]>(
  (value) => Array.isArray(value) && value.every((one) => one === null || typeof one === 'number'),
);

/**
 * Embeds by the OpenAI embeddings API, or any server that speaks it, one request after the other. `dimensions` is sent
 * only to shorten a model known to allow it: other servers reject what they do not know.
 *
 * @throws SettingsError where the length of the vectors is not known, or not one that the model has
 */
export function createOpenAiEmbedder(
  settings: Settings,
  onUsage: OnUsage,
  headers: OutboundHeaders = () => ({}),
): Embedder {
  const client = createOpenAiClient(settings);
  const model = modelOf(settings);
  const known = KNOWN_MODELS[model];
  const dimensions = dimensionsOf(known, settings.EMBEDDING_DIMENSIONS);
  const shortened = known && dimensions < known.dimensions ? { dimensions } : {};
  const usdPerMillionTokens = embeddingPriceOf(settings) ?? 0;
  const replySchema = z.object({
    data: z.array(z.object({ index: z.number().int(), embedding: numbers })),
    usage: z.object({ total_tokens: tokenCount }).nullish(),
  });

  const embedBatch = async (input: string[], kind: EmbeddingKind, signal: AbortSignal | undefined) => {
    const body = { model, input, encoding_format: 'float' as const, ...shortened };
    const deadline = deadlineOf(settings, settings.LLM_MAX_RETRIES + 1, signal);
    const traced = headers();
    try {
      const response = await withRetries(
        (before) => {
          const options = { signal: deadline.signal, headers: { ...traced, ...attemptHeaders(before) } };
          return client.embeddings.create(body, options).asResponse();
        },
        { retries: settings.LLM_MAX_RETRIES, deadline },
      );
      const reply = replySchema.safeParse(await readJson(response));
      if (!reply.success || reply.data.data.length !== input.length) throw malformedReply(reply.error);
      const tokens = reply.data.usage?.total_tokens ?? estimateTokens(input.join('\n'));
      onUsage({ kind, texts: input.length, tokens, costUsd: (tokens * usdPerMillionTokens) / 1e6 });
      const inOrder = reply.data.data.sort((a, b) => a.index - b.index);
      if (inOrder.some(({ index }, place) => index !== place)) throw malformedReply();
      return inOrder.map(({ embedding }) => unitVector(embedding, dimensions));
    } catch (error) {
      signal?.throwIfAborted();
      throw upstreamFailure(error, deadline.isOver());
    }
  };
  return {
    name: `openai/${model}/${dimensions}`,
    isRemote: true,
    dimensions,
    embed: async (texts, kind, signal) => {
      const vectors: Float32Array[] = [];
      for (const batch of openAiBatches(texts)) vectors.push(...(await embedBatch(batch, kind, signal)));
      return vectors;
    },
  };
}

/** USD per million tokens, as the settings say or by the list; undefined where neither knows. */
export function embeddingPriceOf(settings: Settings): number | undefined {
  return settings.EMBEDDING_PRICE_PER_MILLION_TOKENS ?? embeddingPrice(modelOf(settings));
}

function modelOf({ EMBEDDING_MODEL }: Settings): string {
  return EMBEDDING_MODEL ?? DEFAULT_MODEL;
}

function dimensionsOf(known: KnownModel | undefined, wanted: number | undefined): number {
  const dimensions = wanted ?? known?.dimensions;
  if (dimensions === undefined)
    throw new SettingsError('EMBEDDING_DIMENSIONS: set the length of the vectors of EMBEDDING_MODEL.');
  if (known && (known.canShorten ? dimensions > known.dimensions : dimensions !== known.dimensions))
    throw new SettingsError(`EMBEDDING_DIMENSIONS: the model's vectors are ${known.dimensions} long.`);
  return dimensions;
}
