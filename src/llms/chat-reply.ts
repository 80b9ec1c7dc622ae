import { z } from 'zod';
import { tokenCount } from '../openai/token-count.ts';
import type { TokenCount } from './answer-model.ts';

/**
 * What may stand in a reply. Read generously: servers that speak the protocol leave out, add and send null as they like.
 * What has another type than it can have is malformed.
 */
const anything = z.unknown().optional();
const partSchema = z.union([
  z.string().transform((text) => ({ type: 'text', text })),
  z.object({
    type: z.string().nullish(),
    text: z.union([z.string(), z.object({ value: z.string() }).transform(({ value }) => value)]).nullish(),
    refusal: z.string().nullish(),
    thinking: anything,
  }),
]);
const messageSchema = z.object({
  content: z.union([z.string().transform((text) => [{ type: 'text', text }]), z.array(partSchema)]).nullish(),
  refusal: z.string().nullish(),
  reasoning_content: anything,
  reasoning: anything,
  thinking: anything,
  tool_calls: z.array(anything).nullish(),
  function_call: anything,
});
/** What is no number counts as not told; a number that cannot be one of tokens is malformed, for it would be charged. */
const count = z.preprocess(
  (told) =>
    typeof told === 'number' ? Math.ceil(told) : /^\d{1,8}$/.test(String(told)) ? Number(told) : null,
  tokenCount.nullish(),
);
const usageSchema = z
  .preprocess(
    (told) => (typeof told === 'object' && !Array.isArray(told) ? told : null),
    z.object({ prompt_tokens: count, completion_tokens: count, total_tokens: count }).nullish(),
  )
  .transform((usage) => usage && countOf(usage));
export const replySchema = z.object({
  id: anything,
  model: anything,
  choices: z
    .array(
      z.object({
        index: z.number().nullish(),
        delta: messageSchema.nullish(),
        message: messageSchema.nullish(),
        text: z.string().nullish(),
        finish_reason: anything,
        usage: usageSchema,
        error: anything,
      }),
    )
    .nullish(),
  usage: usageSchema,
  /** Groq's. */
  x_groq: z.object({ usage: usageSchema }).nullish().catch(null),
  error: anything,
  object: anything,
  /** Ollama's own. */
  message: messageSchema.nullish().catch(null),
  done: z.boolean().nullish(),
  done_reason: anything,
  prompt_eval_count: count,
  eval_count: count,
});
export type ChatReply = z.output<typeof replySchema>;
export type ChatMessage = z.output<typeof messageSchema>;

/** What a message says, what it says instead of an answer, and what is thought: never shown, but paid for. */
export function contentOf(message: ChatMessage): { text: string; refusal: string; thought: string } {
  const parts = message.content ?? [];
  const isText = (type: string | null | undefined) => [undefined, null, 'text', 'output_text'].includes(type);
  const said = parts.filter(({ type }) => isText(type)).map(({ text }) => text ?? '');
  const refusals = parts.map((part) => ('refusal' in part ? (part.refusal ?? '') : ''));
  const thoughts = parts.filter(({ type }) => !isText(type)).map(thoughtIn);
  return {
    text: said.join(''),
    refusal: (message.refusal ?? '') + refusals.join(''),
    thought:
      thoughtIn(message.reasoning_content ?? message.reasoning ?? message.thinking) + thoughts.join(''),
  };
}

/** What the provider counted, wherever it says so; undefined where it does not say both, or counts nothing. */
export function usageOf(reply: ChatReply): TokenCount | undefined {
  const inChoice = reply.choices?.find(({ usage }) => usage)?.usage;
  const { prompt_eval_count: prompt_tokens, eval_count: completion_tokens } = reply;
  return reply.usage ?? reply.x_groq?.usage ?? inChoice ?? countOf({ prompt_tokens, completion_tokens });
}

type Counts = Partial<
  Record<'prompt_tokens' | 'completion_tokens' | 'total_tokens', number | null | undefined>
>;

/** Some count what was thought in the total alone. */
function countOf({ prompt_tokens, completion_tokens, total_tokens }: Counts): TokenCount | undefined {
  const prompt = prompt_tokens ?? (total_tokens ?? 0) - (completion_tokens ?? Infinity);
  const completion = Math.max(completion_tokens ?? 0, (total_tokens ?? 0) - prompt);
  const isCounted = prompt > 0 && (completion_tokens ?? total_tokens ?? undefined) !== undefined;
  return isCounted ? { promptTokens: prompt, completionTokens: completion } : undefined;
}

function thoughtIn(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? Object.values(value).map(thoughtIn).join('') : '';
}
