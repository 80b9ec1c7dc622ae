import type { RequestHandler } from 'express';
import type { Metrics } from '../src/observability/metrics.ts';
import { contextOf } from '../src/observability/request-context.ts';

const CLIENT_WENT_AWAY = 499;

/** Measures a request once its response is closed, and counts what it was refused for. */
export function requestMetrics(metrics: Metrics): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    res.once('close', () => {
      const { route, problem, facts } = contextOf(res.locals);
      const status = res.headersSent ? res.statusCode : CLIENT_WENT_AWAY;
      metrics.request((performance.now() - started) / 1_000, { method: req.method, route, status });
      const refusal = problem ?? facts.refusal;
      if (refusal !== undefined) metrics.refusal(refusal);
    });
    next();
  };
}
