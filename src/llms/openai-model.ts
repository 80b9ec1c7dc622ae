import type OpenAI from 'openai';
import type { Settings } from '../config/schema.ts';
import type { AnswerModel, AnswerRequest, Prompt } from './answer-model.ts';
import { accepted, learnedFrom, type Parameters, type Refused } from './chat-parameters.ts';
import { readAnswer } from './read-answer.ts';
import type { Logger } from '../observability/logger.ts';
import { attemptHeaders, createOpenAiClient, type OutboundHeaders } from '../openai/openai-client.ts';
import { upstreamFailure } from '../openai/openai-failure.ts';
import { readReply } from '../openai/read-reply.ts';
import { deadlineOf, withRetries, type Deadline } from '../openai/with-retries.ts';

/**
 * Answers by the OpenAI chat completions API, or any server that speaks it. What a server or model does not take of a request is
 * found out by the first one, and remembered.
 */
export function createOpenAiModel(
  settings: Settings,
  headers: OutboundHeaders = () => ({}),
  logger?: Logger,
): AnswerModel {
  const client = createOpenAiClient(settings);
  const model = settings.LLM_MODEL;
  let refused: Refused = new Map();
  let beginsThinking = false;

  /** Asks, and asks otherwise where the provider names a parameter that it does not take. */
  const ask = async (request: AnswerRequest, deadline: Deadline): Promise<Response> => {
    const { beforeRetry, stream } = request;
    const parameters = parametersOf(settings, request.prompt(), stream);
    const traced = headers();
    let trying = refused;
    for (;;) {
      const sent = accepted(parameters, trying);
      try {
        const response = await withRetries(
          (before) =>
            client.chat.completions
              .create(sent as never as OpenAI.ChatCompletionCreateParams, {
                signal: deadline.signal,
                headers: { ...traced, ...attemptHeaders(before) },
              })
              .asResponse(),
          { retries: settings.LLM_MAX_RETRIES, deadline, beforeRetry },
        );
        // Kept only now: a failure may quote the question, and so name anything.
        if (trying !== refused)
          logger?.info(`the provider does not take ${[...trying.keys()].join(', ')}: asked otherwise`);
        refused = trying;
        return response;
      } catch (error) {
        const learned = learnedFrom(error, sent, trying);
        if (!learned) throw error;
        trying = learned;
        await beforeRetry?.(deadline.signal);
      }
    }
  };

  return {
    name: model,
    maxOutputTokens: settings.LLM_MAX_OUTPUT_TOKENS,
    async *answer(request) {
      const deadline = deadlineOf(settings, settings.LLM_MAX_RETRIES + 1, request.signal);
      try {
        request.onAsked();
        const response = await ask(request, deadline);
        const onThoughtSaid = () => (beginsThinking = true);
        yield* readAnswer(readReply(response), { model, beginsThinking, onThoughtSaid });
        request.signal.throwIfAborted();
      } catch (error) {
        request.signal.throwIfAborted();
        throw upstreamFailure(error, deadline.isOver());
      }
    },
  };
}

function parametersOf(settings: Settings, { system, user }: Prompt, stream: boolean): Parameters {
  const { LLM_MODEL, LLM_MAX_OUTPUT_TOKENS, LLM_TEMPERATURE, LLM_EXTRA_BODY } = settings;
  return {
    model: LLM_MODEL,
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ],
    max_completion_tokens: LLM_MAX_OUTPUT_TOKENS,
    ...(LLM_TEMPERATURE === undefined ? {} : { temperature: LLM_TEMPERATURE }),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...LLM_EXTRA_BODY,
  };
}
