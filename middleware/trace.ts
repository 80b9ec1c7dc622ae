import type { Request, RequestHandler, Response } from 'express';
import { ERROR_TYPE, HTTP, SALLYPORT } from '../src/observability/gen-ai-names.ts';
import { contextOf } from '../src/observability/request-context.ts';
import type { Span, Tracer } from '../src/observability/tracer.ts';

/**
 * A span for the whole request, which ends when its response closes. It continues the trace that the caller names, if it names
 * one soundly: any caller may, and wins nothing by it.
 */
export function traceRequest(tracer: Tracer): RequestHandler {
  return (req, res, next) => {
    const context = contextOf(res.locals);
    const attributes = { [HTTP.method]: req.method, [SALLYPORT.requestId]: context.requestId };
    tracer.continued(req.headers, () => {
      void tracer.run(req.method, { kind: 'server', attributes }, (span) => {
        const traceId = tracer.traceId();
        if (traceId !== undefined) context.traceId = traceId;
        const closed = new Promise<void>((done) => {
          res.once('close', () => {
            describe(span, req, res);
            done();
          });
        });
        next();
        return closed;
      });
    });
  };
}

function describe(span: Span, req: Request, res: Response): void {
  const { route, problem } = contextOf(res.locals);
  const aborted = res.writableFinished ? undefined : 'aborted';
  if (route !== undefined) span.rename(`${req.method} ${route}`);
  span.set({
    [HTTP.route]: route,
    [HTTP.status]: res.headersSent ? res.statusCode : undefined,
    [ERROR_TYPE]: problem ?? aborted,
  });
  // What a caller did wrong is no failure of ours.
  if (res.statusCode >= 500) span.fail(problem ?? 'internal');
}
