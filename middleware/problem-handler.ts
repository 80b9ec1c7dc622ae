import type { ErrorRequestHandler } from 'express';
import { asAppError, PROBLEMS, problemOf } from '../src/api/problem.ts';
import { TokenRefused } from '../src/auth/token-refused.ts';
import { AppError } from '../src/errors/app-error.ts';
import type { Logger } from '../src/observability/logger.ts';
import { contextOf } from '../src/observability/request-context.ts';

/** Turns whatever was thrown into a problem document. What was not meant says nothing but the request's id. */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  return async (error: unknown, req, res, next) => {
    // Express closes the connection of an answer that had begun: the client sees it break off, not end.
    if (res.headersSent) {
      next(error);
      return;
    }
    // A client that went away broke the work off: that is no fault of the server's, and nobody is told. The response
    // hears of it (EPIPE, ECONNRESET) later than whatever was just being read or written.
    if (res.destroyed || req.socket.destroyed) return;
    const context = contextOf(res.locals);
    const failure = failureOf(error);
    const { status } = PROBLEMS[failure.code];
    context.problem = failure.code;
    if (failure.category !== undefined) context.category = failure.category;
    if (failure.cause instanceof TokenRefused) context.tokenRefused = failure.cause.reason;
    if (status >= 500)
      logger.error('a request failed', {
        requestId: context.requestId,
        code: failure.code,
        reason: failure.reason,
        error,
      });
    // A refusal gives nothing out: it is told also where it could not be recorded.
    await context.record?.(status).catch(() => undefined);
    if (status === 401)
      res.set(
        'WWW-Authenticate',
        `Bearer realm="sallyport"${context.tokenRefused ? ', error="invalid_token"' : ''}`,
      );
    if (failure.retryAfterSeconds !== undefined)
      res.set('Retry-After', String(Math.ceil(failure.retryAfterSeconds)));
    res
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify(problemOf(failure, context.requestId, req.baseUrl + req.path)));
  };
}

/** Express refuses a path that is no valid UTF-8 with an error of its own. */
function failureOf(error: unknown): AppError {
  return error instanceof URIError
    ? new AppError('invalid_request', 'The path is not valid.', { cause: error })
    : asAppError(error);
}
