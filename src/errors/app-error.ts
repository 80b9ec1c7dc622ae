/** Every way a request can fail that a caller may be told about. `middleware/problem-handler.ts` maps each to a status. */
export type ErrorCode =
  | 'invalid_request'
  | 'content_blocked'
  | 'prompt_injection'
  | 'pii_blocked'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'not_acceptable'
  | 'conflict'
  | 'too_large'
  | 'unsupported_media_type'
  | 'unprocessable_document'
  | 'rate_limited'
  | 'token_limited'
  | 'budget_exceeded'
  | 'upstream_error'
  | 'upstream_timeout'
  | 'unavailable'
  | 'guardrail_unavailable'
  | 'internal';

/** Whose limit there is no more room in: the caller's own, that of all callers of its tenant, or that of everybody. */
export type LimitScope = 'key' | 'tenant' | 'server';

export type ErrorIssue = { path: string; message: string };

type ErrorOptions = {
  /** A short sentence for clients of the Python server; `detail` where absent. */
  error?: string;
  issues?: ErrorIssue[];
  /** Of what kind the blocked content is. */
  category?: string;
  /** Of a refusal by a limit. */
  scope?: LimitScope;
  /** Which of several causes a code may have: a name, the same for all failures of that cause. */
  reason?: string;
  /** Seconds after which a repeat may succeed; becomes `Retry-After`. */
  retryAfterSeconds?: number;
  /** For the log only: never shown to the caller. */
  cause?: unknown;
};

/** A failure the application means: `detail` is written for the caller and must hold no secret, question or path. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly error: string;
  readonly issues: ErrorIssue[] | undefined;
  readonly category: string | undefined;
  readonly scope: LimitScope | undefined;
  readonly reason: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail: string, options: ErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.error = options.error ?? detail;
    this.issues = options.issues;
    this.category = options.category;
    this.scope = options.scope;
    this.reason = options.reason;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The code of whatever was thrown: of what nobody meant, `internal`. */
export function asErrorCode(error: unknown): ErrorCode {
  return error instanceof AppError ? error.code : 'internal';
}
