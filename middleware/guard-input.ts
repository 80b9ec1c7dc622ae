import type { RequestHandler, Response } from 'express';
import type { Route } from '../src/api/route.ts';
import type { QueryHash } from '../src/audit/query-hash.ts';
import type { Guardrails } from '../src/guardrails/guardrails.ts';
import { DEFAULT_TENANT } from '../src/auth/principal.ts';
import { contextOf } from '../src/observability/request-context.ts';

/** Asks the input guardrails about a question; what they let in is in `res.locals.input`. From here on the request no longer holds it as it was sent. */
export function guardInput(route: Route, guardrails: Guardrails, queryHash: QueryHash): RequestHandler {
  return async (req, res, next) => {
    if (route.question) {
      const input = res.locals.input as { body: undefined };
      const context = contextOf(res.locals);
      const sent = route.question(input.body);
      context.queryHash = queryHash(sent);
      const question = await guardrails.admit(sent, {
        tenant: context.principal?.tenant ?? DEFAULT_TENANT,
        signal: signalOfLeaving(res),
      });
      context.guardrails = question.report;
      res.locals.input = { ...input, question };
      req.body = undefined;
    }
    next();
  };
}

/** Is aborted when the client goes away. */
function signalOfLeaving(res: Response): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  return gone.signal;
}
