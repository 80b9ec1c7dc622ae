import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { openContext, within } from '../src/observability/request-context.ts';

/** An inbound id is kept if it is plain: it goes into headers and logs. */
const SANE = /^[A-Za-z0-9._-]{8,128}$/;

/** Gives every request an id, answers with it, and opens its context. */
export function requestId(): RequestHandler {
  return (req, res, next) => {
    const inbound = req.get('x-request-id');
    const id = inbound !== undefined && SANE.test(inbound) ? inbound : randomUUID();
    res.set('X-Request-Id', id);
    within(openContext(res.locals, id), next);
  };
}
