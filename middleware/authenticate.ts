import type { RequestHandler } from 'express';
import type { Route } from '../src/api/route.ts';
import type { Authenticator } from '../src/auth/authenticator.ts';
import { contextOf } from '../src/observability/request-context.ts';

/** Puts the principal into the request's context; open routes are passed over. */
export function authenticate(authenticator: Authenticator, route: Route): RequestHandler {
  return async (req, res, next) => {
    if (route.scope !== null) {
      contextOf(res.locals).principal = await authenticator({
        apiKey: req.get('x-api-key'),
        authorization: req.get('authorization'),
      });
    }
    next();
  };
}
