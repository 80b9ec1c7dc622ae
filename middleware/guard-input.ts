import type { RequestHandler } from 'express';
import type { Route } from '../src/api/route.ts';
import type { Guardrails } from '../src/guardrails/guardrails.ts';
import { contextOf } from '../src/observability/request-context.ts';

/** Asks the input guardrails about a question; what they let in is in `res.locals.input`. From here on the request no longer holds it as it was sent. */
export function guardInput(route: Route, guardrails: Guardrails): RequestHandler {
  return async (req, res, next) => {
    if (route.question) {
      const input = res.locals.input as { body: undefined };
      const question = await guardrails.admit(route.question(input.body));
      contextOf(res.locals).guardrails = question.report;
      res.locals.input = { ...input, question };
      req.body = undefined;
    }
    next();
  };
}
