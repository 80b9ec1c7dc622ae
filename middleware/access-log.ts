import type { RequestHandler } from 'express';
import type { Logger } from '../src/observability/logger.ts';
import { contextOf } from '../src/observability/request-context.ts';

/** Logs one line a request once it is over: who, which route, how it ended and how long it took; nothing of what was asked. */
export function accessLog(logger: Logger): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    res.once('close', () => {
      const { requestId, traceId, route, principal, problem, category, guardrails, tokenRefused } = contextOf(
        res.locals,
      );
      logger.http('request', {
        requestId,
        ...(traceId ? { traceId } : {}),
        method: req.method,
        route: route ?? null,
        status: res.statusCode,
        complete: res.writableFinished,
        ms: Math.round((performance.now() - started) * 10) / 10,
        ...(principal ? { tenant: principal.tenant, keyId: principal.keyId ?? null } : {}),
        ...(problem ? { problem } : {}),
        ...(tokenRefused ? { tokenRefused } : {}),
        ...(category ? { category } : {}),
        ...(guardrails ? { guardrails } : {}),
      });
    });
    next();
  };
}
