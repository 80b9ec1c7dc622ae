import type { RequestHandler } from 'express';
import type { Route } from '../src/api/route.ts';
import { contextOf } from '../src/observability/request-context.ts';

/** Notes which route matched, for the log. */
export function routeName({ path }: Route): RequestHandler {
  return (_req, res, next) => {
    contextOf(res.locals).route = path;
    next();
  };
}
