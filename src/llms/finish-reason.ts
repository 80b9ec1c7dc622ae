/** Why a model stopped writing, in the words of the OpenAI API and those of our contract. */
export const FINISH_REASONS = ['stop', 'length', 'content_filter', 'refusal', 'tool_calls'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/** What it is in other servers' words, in lower case; anything else is a plain end (`eos`, `end_turn`, `complete` and more). */
const BY_NAME: Readonly<Record<string, FinishReason | 'error'>> = {
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  max_output_tokens: 'length',
  max_length: 'length',
  model_context_window_exceeded: 'length',
  content_filter: 'content_filter',
  'content-filter': 'content_filter',
  content_filtered: 'content_filter',
  safety: 'content_filter',
  recitation: 'content_filter',
  blocklist: 'content_filter',
  prohibited_content: 'content_filter',
  sensitive: 'content_filter',
  guardrail_intervened: 'content_filter',
  refusal: 'refusal',
  tool_calls: 'tool_calls',
  tool_use: 'tool_calls',
  function_call: 'tool_calls',
  error: 'error',
  abort: 'error',
  cancelled: 'error',
  network_error: 'error',
  insufficient_system_resource: 'error',
};

/** `error`: the provider stopped because it failed. Undefined where it does not say anything. */
export function finishReasonOf(said: unknown): FinishReason | 'error' | undefined {
  if (typeof said !== 'string' || said === '') return undefined;
  const name = said.toLowerCase();
  return Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : 'stop';
}
