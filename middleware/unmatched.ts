import type { RequestHandler } from 'express';
import type { Route } from '../src/api/route.ts';
import { AppError } from '../src/errors/app-error.ts';

/** The other methods of a known path: refused by name, so that nothing answers by accident. */
export function methodNotAllowed(routes: readonly Route[]): RequestHandler {
  const allowed = routes.map((route) => route.method.toUpperCase()).join(', ');
  return (req, res) => {
    res.set('Allow', allowed);
    throw new AppError(
      'method_not_allowed',
      `${req.method.slice(0, 20)} is not possible here; ${allowed} is.`,
    );
  };
}

export function notFound(): RequestHandler {
  return () => {
    throw new AppError('not_found', 'There is nothing at this path.');
  };
}
