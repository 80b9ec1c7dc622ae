import OpenAI from 'openai';
import type { Settings } from '../config/schema.ts';
import { readText } from './read-pieces.ts';

/** Headers that a call takes along besides its own: what continues a trace. Asked for when the call is made. */
export type OutboundHeaders = () => Record<string, string>;

const USUAL_URL = 'https://api.openai.com/v1';
const MOST_ERROR_BYTES = 65_536;

/** The host that is asked. */
export function openAiHost({ OPENAI_BASE_URL = USUAL_URL }: Settings): string {
  return new URL(OPENAI_BASE_URL).hostname;
}

/**
 * The SDK's client as the settings want it, for one attempt: its time-out covers that up to the first byte. It does not
 * retry, since it would sleep as long as any Retry-After says, whatever its signal; `withRetries` does.
 */
export function createOpenAiClient(settings: Settings): OpenAI {
  return new OpenAI({
    // Asked for at each attempt, for it may be rotated. Compatible servers without keys still want the header to be there.
    apiKey: () => Promise.resolve(settings.OPENAI_API_KEY.reveal() ?? 'none'),
    baseURL: settings.OPENAI_BASE_URL ?? USUAL_URL,
    maxRetries: 0,
    timeout: settings.LLM_TIMEOUT_MS,
    logLevel: 'off',
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      return response.ok ? response : withWholeError(response);
    },
  });
}

/** What tells the provider how often it was asked before, by the SDK's own name. */
export function attemptHeaders(before: number): Record<string, string> {
  return { 'X-Stainless-Retry-Count': String(before) };
}

/** The SDK keeps `error` of a refusal and drops the rest, which is all that there is of servers with `detail` or a list. */
async function withWholeError(response: Response): Promise<Response> {
  const { status, headers } = response;
  const text = await readText(response, MOST_ERROR_BYTES).catch(() => '');
  return new Response(JSON.stringify({ error: errorIn(text) }), { status, headers });
}

function errorIn(text: string): object {
  try {
    const body: unknown = JSON.parse(text);
    const first: unknown = Array.isArray(body) ? body[0] : body;
    const { error, code, type, param } = Object(first) as Record<string, unknown>;
    return typeof error === 'object' && error !== null
      ? error
      : { message: error ?? body, code, type, param };
  } catch {
    return { message: text };
  }
}
