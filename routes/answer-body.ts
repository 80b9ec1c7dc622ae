import { z } from 'zod';
import { FINISH_REASONS } from '../src/llms/finish-reason.ts';
import { REFUSAL_REASONS, type Answer } from '../src/rag/answer.ts';
import type { Citation } from '../src/rag/verify-answer.ts';

const citationSchema = z
  .object({
    index: z.number().int().describe('the number in the answer: `[1]`'),
    document_id: z.string(),
    chunk_id: z.string(),
    title: z.string(),
    source: z.string().nullable(),
    quote: z.string().describe("the document's text from `start` to `end`"),
    start: z.number().int().describe('UTF-16 code units'),
    end: z.number().int(),
    score: z.number(),
  })
  .meta({ id: 'Citation' });

export const answerSchema = z
  .object({
    answer: z.string(),
    citations: z.array(citationSchema),
    confidence: z
      .number()
      .min(0)
      .max(1)
      .describe('estimated probability that the cited text holds the answer'),
    refused: z.boolean(),
    refusal_reason: z.enum(REFUSAL_REASONS).nullable(),
    finish_reason: z
      .enum(FINISH_REASONS)
      .describe('why the model stopped: with `length` or `content_filter` the answer may be cut'),
    model: z.string(),
    usage: z.object({
      prompt_tokens: z.number().int(),
      completion_tokens: z.number().int(),
      total_tokens: z.number().int(),
      cost_usd: z.number().nullable().describe('null where the price of the model is not known'),
    }),
    guardrails: z.object({
      redactions: z.array(z.object({ type: z.string(), count: z.number().int(), where: z.string() })),
      flags: z.array(z.string()),
    }),
    request_id: z.string(),
  })
  .meta({ id: 'Answer' });

/** A citation in the contract's words. */
export function citationBody(citation: Citation): z.infer<typeof citationSchema> {
  const { documentId, chunkId, ...rest } = citation;
  return { ...rest, document_id: documentId, chunk_id: chunkId };
}

/** The 200 body of `/query`. */
export function answerBody(answer: Answer, requestId: string): z.infer<typeof answerSchema> {
  const { promptTokens, completionTokens, costUsd } = answer.usage;
  return {
    answer: answer.answer,
    citations: answer.citations.map(citationBody),
    confidence: answer.confidence,
    refused: answer.refused,
    refusal_reason: answer.refusalReason,
    finish_reason: answer.finishReason,
    model: answer.model,
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
      cost_usd: costUsd,
    },
    guardrails: answer.guardrails,
    request_id: requestId,
  };
}
