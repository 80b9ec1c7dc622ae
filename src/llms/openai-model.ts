import type OpenAI from 'openai';
import { z } from 'zod';
import type { Settings } from '../config/schema.ts';
import type { AnswerModel, AnswerPart, TokenCount } from './answer-model.ts';
import { plainName } from './plain-name.ts';
import {
  createOpenAiClient,
  malformedReply,
  upstreamFailure,
  withPacedRetries,
  type OutboundHeaders,
} from '../openai/openai-client.ts';
import { tokenCount } from '../openai/token-count.ts';

const usageSchema = z
  .object({ prompt_tokens: tokenCount, completion_tokens: tokenCount })
  .transform((usage): TokenCount => ({
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
  }));
const completionSchema = z.object({
  id: z.string().nullish(),
  model: z.string().optional(),
  choices: z
    .array(z.object({ message: z.object({ content: z.string() }), finish_reason: z.string().nullish() }))
    .min(1),
  usage: usageSchema.nullish(),
});
const chunkSchema = z.object({
  id: z.string().nullish(),
  model: z.string().optional(),
  choices: z.array(
    z.object({ delta: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() }),
  ),
  usage: usageSchema.nullish(),
});

/** Answers by the OpenAI chat completions API, or any server that speaks it. */
export function createOpenAiModel(settings: Settings, headers: OutboundHeaders = () => ({})): AnswerModel {
  const unpaced = createOpenAiClient(settings);
  const model = settings.LLM_MODEL;
  return {
    name: model,
    maxOutputTokens: settings.LLM_MAX_OUTPUT_TOKENS,
    async *answer(request) {
      const deadline = AbortSignal.timeout(settings.LLM_TIMEOUT_MS * (settings.LLM_MAX_RETRIES + 1));
      const signal = AbortSignal.any([request.signal, deadline]);
      const client = request.beforeRetry ? withPacedRetries(unpaced, request.beforeRetry) : unpaced;
      const prompt = request.prompt();
      const body = {
        model,
        messages: [
          { role: 'system' as const, content: prompt.system },
          { role: 'user' as const, content: prompt.user },
        ],
        max_completion_tokens: settings.LLM_MAX_OUTPUT_TOKENS,
        temperature: 0,
      };
      try {
        request.onAsked();
        const options = { signal, headers: headers() };
        yield* request.stream ? streamed(client, body, options) : whole(client, body, options);
      } catch (error) {
        request.signal.throwIfAborted();
        throw upstreamFailure(error, deadline.aborted);
      }
    },
  };
}

type Body = Pick<OpenAI.ChatCompletionCreateParams, 'max_completion_tokens' | 'temperature'> & {
  model: string;
  messages: { role: 'system' | 'user'; content: string }[];
};

type CallOptions = { signal: AbortSignal; headers: Record<string, string> };

async function* whole(client: OpenAI, body: Body, options: CallOptions): AsyncIterable<AnswerPart> {
  const reply = completionSchema.safeParse(await client.chat.completions.create(body, options));
  if (!reply.success) throw malformedReply(reply.error);
  const { id, model, choices, usage } = reply.data;
  yield { type: 'text', text: choices[0]!.message.content };
  yield {
    type: 'end',
    model: plainName(model) ?? body.model,
    usage: usage ?? undefined,
    id: id ?? undefined,
    finishReason: choices[0]!.finish_reason ?? undefined,
  };
}

async function* streamed(client: OpenAI, body: Body, options: CallOptions): AsyncIterable<AnswerPart> {
  const stream = await client.chat.completions.create(
    { ...body, stream: true, stream_options: { include_usage: true } },
    options,
  );
  let model = body.model;
  let id: string | undefined;
  let finishReason: string | undefined;
  let counted: TokenCount | undefined;
  for await (const raw of stream) {
    const chunk = chunkSchema.safeParse(raw);
    if (!chunk.success) throw malformedReply(chunk.error);
    model = plainName(chunk.data.model) ?? model;
    id = chunk.data.id ?? id;
    counted = chunk.data.usage ?? counted;
    const choice = chunk.data.choices[0];
    if (choice?.finish_reason) finishReason = choice.finish_reason;
    if (choice?.delta.content) yield { type: 'text', text: choice.delta.content };
  }
  // The SDK ends quietly when it is aborted, and when the connection is cut between two events.
  options.signal.throwIfAborted();
  if (!finishReason) throw malformedReply();
  yield { type: 'end', model, usage: counted, id, finishReason };
}
