import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { AppError } from '../errors/app-error.ts';
import { retryAfterMs } from './retry-after.ts';

/** Why a provider gave no answer, and how that is told; what the provider itself says stays out: it may quote the prompt. */
const REASONS = {
  invalid_api_key: 'The model could not be asked: the provider does not accept the key of this server.',
  permission_denied: 'The model could not be asked: the provider does not allow it to this server.',
  model_not_found: 'The model could not be asked: the provider does not know the model of this server.',
  not_found: 'The model could not be asked: the provider has no such address.',
  context_length_exceeded: 'The model could not be asked: the question and its passages are too long for it.',
  insufficient_quota: 'The model could not be asked: the quota or credit of this server is used up.',
  rate_limit_exceeded: 'The model could not be asked: the provider has too many requests.',
  content_filter: 'The model could not be asked: the content filter of the provider stopped the question.',
  invalid_request: 'The model could not be asked: the provider does not accept the request.',
  server_error: 'The model could not be asked: the provider failed.',
  connection_failed: 'The model could not be asked: the provider cannot be reached.',
  malformed_reply: 'The model replied with something that is not an answer.',
} as const;
export type UpstreamReason = keyof typeof REASONS;

const MOST_READ = 4_096;
const MOST_RETRY_AFTER_SECONDS = 86_400;

/** What providers call it themselves, in `code` or `type`. */
const BY_NAME: readonly (readonly [RegExp, UpstreamReason])[] = [
  [/^(invalid_api_key|authentication_error|invalid_authentication\w*)$/, 'invalid_api_key'],
  [/^(insufficient_(quota|balance|credits)|billing_\w+|exceeded_current_quota_error)$/, 'insufficient_quota'],
  [
    /^(context_length_exceeded|exceed_context_size_error|string_above_max_length)$/,
    'context_length_exceeded',
  ],
  [/^(content_filter|content_policy_violation|ResponsibleAIPolicyViolation)$/, 'content_filter'],
  [/^(model_not_found|DeploymentNotFound|invalid_model|model_not_available)$/, 'model_not_found'],
];
const BY_STATUS: Readonly<Record<number, UpstreamReason>> = {
  401: 'invalid_api_key',
  402: 'insufficient_quota',
  413: 'context_length_exceeded',
};
/** What they say where they have no name for it. */
const BY_WORDS: readonly (readonly [RegExp, UpstreamReason])[] = [
  [/\bapi[ _-]?key\b|unauthori[sz]ed|authentication/i, 'invalid_api_key'],
  [
    /insufficient (?:quota|balance|credits?|funds)|billing|credit balance|exceeded your current quota|out of credits/i,
    'insufficient_quota',
  ],
  [
    /context (?:length|window|size)|maximum (?:context|prompt|input) length|\btoo (?:long|many (?:input )?tokens)|reduce the length|exceeds? the (?:available |maximum )?(?:context|token|input|prompt)/i,
    'context_length_exceeded',
  ],
  [/content (?:filter|management policy)/i, 'content_filter'],
  [
    /(?:unknown|invalid|no such) model|\b(?:model|deployment)\b[^.]{0,120}(?:\bnot (?:found|exist|available)|doesn't exist)/i,
    'model_not_found',
  ],
];

/** What a failed call means to our caller. */
export function upstreamFailure(error: unknown, timedOut: boolean): AppError {
  if (error instanceof AppError) return error;
  if (timedOut || error instanceof APIConnectionTimeoutError) {
    return new AppError('upstream_timeout', 'The model did not answer in time.', { cause: error });
  }
  const reason = reasonOf(error);
  const waitMs = isTold(error) ? retryAfterMs(error.headers) : undefined;
  return new AppError('upstream_error', REASONS[reason], {
    cause: error,
    reason,
    ...(waitMs === undefined
      ? {}
      : { retryAfterSeconds: Math.min(Math.ceil(waitMs / 1_000), MOST_RETRY_AFTER_SECONDS) }),
  });
}

/** A reply that is not what the protocol promises. */
export function malformedReply(cause?: unknown): AppError {
  return new AppError('upstream_error', REASONS.malformed_reply, { cause, reason: 'malformed_reply' });
}

/** A failure that a provider tells of in a reply with status 200, or in the middle of a stream. */
export function failureInReply(said: unknown): AppError {
  const error = typeof said === 'object' && said !== null ? said : { message: said };
  const { status, code } = error as { status?: unknown; code?: unknown };
  const told = [status, code].map(Number).find((one) => one >= 400 && one < 600);
  return upstreamFailure(new APIError(told, error, undefined, undefined), false);
}

/** Whether the same call may succeed in a while. A quota that is used up does not come back by asking. */
export function mayPass(error: unknown): boolean {
  if (error instanceof APIConnectionError) return true;
  if (!isTold(error) || error.status === undefined) return false;
  const told = error.headers?.get('x-should-retry');
  if (told === 'true' || told === 'false') return told === 'true';
  if (namedReason(error) === 'insufficient_quota') return false;
  return [408, 409, 429].includes(error.status) || error.status >= 500;
}

/** What a provider says of a call that it refused with 400 or 422; undefined for any other failure. */
export function refusedRequest(error: unknown): { param: string | undefined; text: string } | undefined {
  if (!isTold(error) || (error.status !== 400 && error.status !== 422)) return undefined;
  return { param: typeof error.param === 'string' ? error.param : undefined, text: textOf(error) };
}

export function reasonOf(error: unknown): UpstreamReason {
  if (error instanceof APIConnectionError) return 'connection_failed';
  if (!isTold(error)) return 'malformed_reply';
  const { status } = error;
  const told = namedReason(error) ?? (status === undefined ? undefined : BY_STATUS[status]);
  if (told) return told;
  if (status === undefined || (status >= 400 && status < 500)) {
    const text = textOf(error);
    const meant = BY_WORDS.find(([words]) => words.test(text))?.[1];
    if (meant) return meant;
  }
  if (status === 403) return 'permission_denied';
  if (status === 404) return /model|deployment/i.test(textOf(error)) ? 'model_not_found' : 'not_found';
  if (status === 429) return 'rate_limit_exceeded';
  return status !== undefined && status < 500 ? 'invalid_request' : 'server_error';
}

type ToldError = APIError<number | undefined, Headers | undefined, object | undefined>;

function isTold(error: unknown): error is ToldError {
  return error instanceof APIError;
}

function namedReason({ code, type }: ToldError): UpstreamReason | undefined {
  const names = [code, type].filter((name) => typeof name === 'string');
  return BY_NAME.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}

function textOf({ error, message }: ToldError): string {
  return (error === undefined ? message : JSON.stringify(error)).slice(0, MOST_READ);
}
