import type OpenAI from 'openai';
import { z } from 'zod';
import type { Settings } from '../config/schema.ts';
import type { AnswerModel, AnswerPart, Usage } from './answer-model.ts';
import { createOpenAiClient, malformedReply, upstreamFailure } from '../openai/openai-client.ts';
import { costUsd } from './prices.ts';

const usageSchema = z.object({
  prompt_tokens: z.number().int().min(0),
  completion_tokens: z.number().int().min(0),
});
const completionSchema = z.object({
  model: z.string().optional(),
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
  usage: usageSchema.nullish(),
});
const chunkSchema = z.object({
  model: z.string().optional(),
  choices: z.array(
    z.object({ delta: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() }),
  ),
  usage: usageSchema.nullish(),
});

/** Where a server does not count tokens: about four characters each, as English has with OpenAI's tokenizers. */
const CHARS_PER_TOKEN = 4;

/** Answers by the OpenAI chat completions API, or any server that speaks it. */
export function createOpenAiModel(settings: Settings): AnswerModel {
  const client = createOpenAiClient(settings);
  const model = settings.LLM_MODEL;
  return {
    name: model,
    async *answer(request) {
      const deadline = AbortSignal.timeout(settings.LLM_TIMEOUT_MS * (settings.LLM_MAX_RETRIES + 1));
      const signal = AbortSignal.any([request.signal, deadline]);
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
        yield* request.stream ? streamed(client, body, signal) : whole(client, body, signal);
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

async function* whole(client: OpenAI, body: Body, signal: AbortSignal): AsyncIterable<AnswerPart> {
  const reply = completionSchema.safeParse(await client.chat.completions.create(body, { signal }));
  if (!reply.success) throw malformedReply(reply.error);
  const text = reply.data.choices[0]!.message.content;
  yield { type: 'text', text };
  yield {
    type: 'end',
    model: reply.data.model ?? body.model,
    usage: usageOf(body, reply.data.usage, text),
  };
}

async function* streamed(client: OpenAI, body: Body, signal: AbortSignal): AsyncIterable<AnswerPart> {
  const stream = await client.chat.completions.create(
    { ...body, stream: true, stream_options: { include_usage: true } },
    { signal },
  );
  let text = '';
  let model = body.model;
  let finished = false;
  let counted: z.infer<typeof usageSchema> | undefined;
  for await (const raw of stream) {
    const chunk = chunkSchema.safeParse(raw);
    if (!chunk.success) throw malformedReply(chunk.error);
    model = chunk.data.model ?? model;
    counted = chunk.data.usage ?? counted;
    const choice = chunk.data.choices[0];
    finished ||= Boolean(choice?.finish_reason);
    if (choice?.delta.content) {
      text += choice.delta.content;
      yield { type: 'text', text: choice.delta.content };
    }
  }
  // The SDK ends quietly when it is aborted, and when the connection is cut between two events.
  signal.throwIfAborted();
  if (!finished) throw malformedReply();
  yield { type: 'end', model, usage: usageOf(body, counted, text) };
}

function usageOf(
  { model, messages }: Body,
  counted: z.infer<typeof usageSchema> | null | undefined,
  text: string,
): Usage {
  const tokens = (chars: number) => Math.ceil(chars / CHARS_PER_TOKEN);
  const promptTokens =
    counted?.prompt_tokens ?? tokens(messages.reduce((chars, { content }) => chars + content.length, 0));
  const completionTokens = counted?.completion_tokens ?? tokens(text.length);
  return { promptTokens, completionTokens, costUsd: costUsd(model, promptTokens, completionTokens) };
}
