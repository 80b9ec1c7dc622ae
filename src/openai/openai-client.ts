import OpenAI from 'openai';
import type { Settings } from '../config/schema.ts';
import { AppError } from '../errors/app-error.ts';

/** Headers that a call takes along besides its own: what continues a trace. Asked for when the call is made. */
export type OutboundHeaders = () => Record<string, string>;

const USUAL_URL = 'https://api.openai.com/v1';

/** The host that is asked. */
export function openAiHost({ OPENAI_BASE_URL = USUAL_URL }: Settings): string {
  return new URL(OPENAI_BASE_URL).hostname;
}

/**
 * The SDK's client as the settings want it. It retries lost connections, 408, 409, 429 and 5xx with jittered backoff
 * and obeys Retry-After; its own time-out covers one attempt up to the first byte.
 */
export function createOpenAiClient(settings: Settings): OpenAI {
  return new OpenAI({
    // Asked for at each attempt, for it may be rotated. Compatible servers without keys still want the header to be there.
    apiKey: () => Promise.resolve(settings.OPENAI_API_KEY.reveal() ?? 'none'),
    baseURL: settings.OPENAI_BASE_URL ?? USUAL_URL,
    maxRetries: settings.LLM_MAX_RETRIES,
    timeout: settings.LLM_TIMEOUT_MS,
    logLevel: 'off',
  });
}

/** The same client, but each attempt after the first awaits `beforeRetry`; when that fails, there are no more. */
export function withPacedRetries(
  client: OpenAI,
  beforeRetry: (signal: AbortSignal) => Promise<void>,
): OpenAI {
  return client.withOptions({
    fetch: async (url, init) => {
      if (new Headers(init?.headers).get('x-stainless-retry-count') !== '0') {
        try {
          await beforeRetry(init!.signal!);
        } catch (error) {
          if (init!.signal!.aborted) throw error;
          // The SDK would take an error for a lost connection, and try again.
          return new Response(null, { status: 429, headers: { 'x-should-retry': 'false' } });
        }
      }
      return fetch(url, init);
    },
  });
}

/** What a failed call means to our caller. The provider's own message stays in the log: it may quote the prompt. */
export function upstreamFailure(error: unknown, timedOut: boolean): AppError {
  if (error instanceof AppError) return error;
  if (timedOut || error instanceof OpenAI.APIConnectionTimeoutError) {
    return new AppError('upstream_timeout', 'The model did not answer in time.', { cause: error });
  }
  return new AppError('upstream_error', 'The model could not be asked.', { cause: error });
}

/** A reply that is not what the protocol promises. */
export function malformedReply(cause?: unknown): AppError {
  return new AppError('upstream_error', 'The model replied with something that is not an answer.', { cause });
}
