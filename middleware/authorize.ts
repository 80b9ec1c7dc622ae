import type { RequestHandler } from 'express';
import type { Route } from '../src/api/route.ts';
import { hasScope } from '../src/auth/principal.ts';
import { AppError } from '../src/errors/app-error.ts';
import { contextOf } from '../src/observability/request-context.ts';

/** Lets through who has the route's scope, and manages every tenant where the route is for those. */
export function authorize({ scope, forGlobalKeys }: Route): RequestHandler {
  return (_req, res, next) => {
    const { principal } = contextOf(res.locals);
    if (scope !== null && !(principal && hasScope(principal, scope))) {
      throw new AppError('forbidden', `This needs the scope '${scope}'.`);
    }
    if (forGlobalKeys && !principal?.isGlobal)
      throw new AppError('forbidden', 'This needs a key that manages every tenant.');
    next();
  };
}
