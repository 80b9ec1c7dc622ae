import type { RequestHandler } from 'express';
import type { Route } from '../src/api/route.ts';
import type { Scope } from '../src/auth/principal.ts';
import { contextOf } from '../src/observability/request-context.ts';

const ADMINISTERING = new Set<Scope | null>(['ingest', 'audit', 'admin']);

/** Notes which route matched, for the logs. */
export function routeName({ path, action, scope }: Route): RequestHandler {
  const administers = ADMINISTERING.has(scope);
  return (_req, res, next) => {
    Object.assign(contextOf(res.locals), { route: path, action, administers });
    next();
  };
}
