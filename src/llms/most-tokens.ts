import type { AnswerModel, MostTokens, Prompt } from './answer-model.ts';
import { estimateTokens } from './estimate-tokens.ts';

/** What the protocol adds to two messages; the tokenizers of other families add some more. */
const ENVELOPE_TOKENS = 16;

/**
 * The most tokens that an answer to this prompt may come to; nothing for a model that costs nothing. The caller's own
 * words count by their bytes, besides: nobody can word a question so that it costs more than was reserved for it.
 */
export function mostTokensOf(
  { maxOutputTokens }: AnswerModel,
  prompt: () => Prompt,
  question: string,
): MostTokens {
  if (maxOutputTokens === undefined) return { prompt: 0, completion: 0 };
  const { system, user } = prompt();
  const tokens = estimateTokens(system) + estimateTokens(user) + Buffer.byteLength(question);
  return { prompt: tokens + ENVELOPE_TOKENS, completion: maxOutputTokens };
}
