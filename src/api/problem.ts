import { z } from 'zod';
import { AppError, type ErrorCode } from '../errors/app-error.ts';

type Kind = { status: number; title: string };

/** What each way to fail is on the wire; a new code does not compile until it stands here. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'Invalid request' },
  content_blocked: { status: 400, title: 'Content blocked' },
  prompt_injection: { status: 400, title: 'Prompt injection' },
  pii_blocked: { status: 400, title: 'Personal data blocked' },
  unauthenticated: { status: 401, title: 'Not authenticated' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  not_acceptable: { status: 406, title: 'Not acceptable' },
  conflict: { status: 409, title: 'Conflict' },
  too_large: { status: 413, title: 'Too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  unprocessable_document: { status: 422, title: 'Document cannot be read' },
  rate_limited: { status: 429, title: 'Too many requests' },
  token_limited: { status: 429, title: 'Too many tokens' },
  budget_exceeded: { status: 429, title: 'Budget exceeded' },
  internal: { status: 500, title: 'Internal error' },
  upstream_error: { status: 502, title: 'Model error' },
  unavailable: { status: 503, title: 'Unavailable' },
  guardrail_unavailable: { status: 503, title: 'Guardrail unavailable' },
  upstream_timeout: { status: 504, title: 'Model time-out' },
} as const satisfies Record<ErrorCode, Kind>;

export const problemSchema = z
  .object({
    type: z.string().describe('a URI that names the code'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string().describe('the path that was asked'),
    code: z.string(),
    request_id: z.string(),
    error: z.string().describe('a short sentence, for clients of the Python server'),
    category: z.string().optional().describe('of what kind the blocked content is'),
    scope: z.enum(['key', 'tenant', 'server']).optional().describe('of a 429: whose limit it was'),
    reason: z
      .string()
      .optional()
      .describe('which of its causes it has: of `upstream_error`, for example, `invalid_api_key`'),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });

export type Problem = z.infer<typeof problemSchema>;

/** What was thrown, as a failure that may be told: of one that nobody meant, nothing but where to look for it. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('internal', 'Something went wrong. The request id finds it in the log.', {
    cause: error,
  });
}

/** The problem document of a failure (RFC 9457). Of an internal error it says nothing but the request's id. */
export function problemOf(failure: AppError, requestId: string, instance: string): Problem {
  const { status, title } = PROBLEMS[failure.code];
  return {
    type: `urn:sallyport:problem:${failure.code}`,
    title,
    status,
    detail: failure.message,
    instance,
    code: failure.code,
    request_id: requestId,
    error: failure.error,
    ...(failure.category === undefined ? {} : { category: failure.category }),
    ...(failure.scope === undefined ? {} : { scope: failure.scope }),
    ...(failure.reason === undefined ? {} : { reason: failure.reason }),
    ...(failure.issues ? { issues: failure.issues } : {}),
  };
}
