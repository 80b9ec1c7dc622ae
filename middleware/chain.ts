import type { RequestHandler } from 'express';
import type { Route } from '../src/api/route.ts';
import type { Authenticator } from '../src/auth/authenticator.ts';
import type { QueryHash } from '../src/audit/query-hash.ts';
import type { Guardrails } from '../src/guardrails/guardrails.ts';
import type { Logger } from '../src/observability/logger.ts';
import type { Metrics } from '../src/observability/metrics.ts';
import type { Tracer } from '../src/observability/tracer.ts';
import { accessLog } from './access-log.ts';
import { auditRequest, type AuditOptions } from './audit.ts';
import { authenticate } from './authenticate.ts';
import { authorize } from './authorize.ts';
import { boundBytes } from './bound-bytes.ts';
import { guardInput } from './guard-input.ts';
import { parseBody, type BodyLimits } from './parse-body.ts';
import { limitByAddress, limitByPrincipal, limitByTenant, type RateLimits } from './rate-limit.ts';
import { requestMetrics } from './request-metrics.ts';
import { requestId } from './request-id.ts';
import { respond } from './respond.ts';
import { routeName } from './route-name.ts';
import { securityHeaders } from './security-headers.ts';
import { traceRequest } from './trace.ts';
import { validate } from './validate.ts';

export type ChainOptions = {
  logger: Logger;
  tracer: Tracer;
  metrics: Metrics;
  authenticator: Authenticator;
  bodyLimits: BodyLimits;
  /** Of all bodies that are held at once. */
  maxBytesInFlight: number;
  guardrails: Guardrails;
  rateLimits: RateLimits;
  auditing: AuditOptions & { queryHash: QueryHash };
};

type Link = {
  name: string;
  /** Why it stands here, and not earlier or later. */
  why: string;
  handlers: RequestHandler | RequestHandler[];
};

/** The links every request passes, known path or not, in order. */
export function everyRequest({ logger, tracer, metrics, rateLimits, auditing }: ChainOptions): Link[] {
  return [
    { name: 'request id', why: 'everything below names the request by it', handlers: requestId() },
    {
      name: 'trace',
      why: 'around everything that takes time, and known to the log by its id',
      handlers: traceRequest(tracer),
    },
    {
      name: 'access log',
      why: 'opened before anything can refuse, so that refusals are logged too',
      handlers: accessLog(logger),
    },
    { name: 'metrics', why: 'as the access log', handlers: requestMetrics(metrics) },
    {
      name: 'audit',
      why: 'opened before anything can refuse, and closed before anything is answered',
      handlers: auditRequest(auditing),
    },
    { name: 'security headers', why: 'on every answer, problems included', handlers: securityHeaders() },
    {
      name: 'rate limit by address',
      why: 'before keys are compared: it bounds guessing, and what an unknown client may cost',
      handlers: limitByAddress(rateLimits),
    },
  ];
}

/** The links of one route, in order, down to its handler. */
export function routeChain({
  logger,
  authenticator,
  bodyLimits,
  maxBytesInFlight,
  guardrails,
  rateLimits,
  auditing,
}: ChainOptions): (route: Route) => Link[] {
  // One counter for all routes: the limit is the principal's, not the route's.
  const byPrincipal = limitByPrincipal(rateLimits);
  const byTenant = limitByTenant(rateLimits);
  const byBytes = boundBytes(bodyLimits, maxBytesInFlight);
  return (route) => [
    { name: 'route name', why: 'the logs say which route refused', handlers: routeName(route) },
    {
      name: 'authenticate',
      why: 'nothing of a body is read for a stranger',
      handlers: authenticate(authenticator, route),
    },
    { name: 'authorize', why: 'a missing scope costs nothing of the rate', handlers: authorize(route) },
    {
      name: 'rate limit by principal',
      why: 'before the body: a refused request stays cheap',
      handlers: byPrincipal,
    },
    {
      name: 'rate limit by tenant',
      why: 'behind the principal’s own: who is refused there uses up nothing of the others’',
      handlers: byTenant(route),
    },
    {
      name: 'bytes in flight',
      why: 'before the body is read: what cannot be held is not taken in',
      handlers: byBytes(route),
    },
    {
      name: 'parse the body',
      why: 'bounded, and only for those who may send one',
      handlers: parseBody(route, bodyLimits),
    },
    { name: 'validate', why: 'the application sees only what the schemas allow', handlers: validate(route) },
    {
      name: 'guard the input',
      why: 'the last link that sees a question as it was sent',
      handlers: guardInput(route, guardrails, auditing.queryHash),
    },
    { name: 'respond', why: 'the route itself', handlers: respond(route, logger) },
  ];
}
