import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit';
import { AppError, type LimitScope } from '../src/errors/app-error.ts';
import type { Route } from '../src/api/route.ts';
import { callerName } from '../src/limits/caller-name.ts';
import type { PrivateName } from '../src/limits/private-name.ts';
import type { TenantLimitStore } from '../src/limits/tenant-limits.ts';
import { contextOf } from '../src/observability/request-context.ts';

/** Makes a counter store whose keys begin with `prefix`. */
export type RateLimitStore = (prefix: string) => Store;

export type RateLimits = {
  /** Requests a minute. */
  perAddress: number;
  /** Requests a minute; a key's own limit comes before it. */
  perPrincipal: number;
  tenantLimits: Pick<TenantLimitStore, 'of'>;
  nameOf: PrivateName;
  /** Undefined: counted in this process. */
  store: RateLimitStore | undefined;
};

type Counted = {
  name: string;
  scope: LimitScope;
  limitOf: (res: Response) => number;
  keyOf: (req: Request, res: Response) => string;
};

const MINUTE_MS = 60_000;
const PROBES = new Set(['/health', '/ready']);

/** Limits requests from one address, before it is known who sends them: this bounds the guessing of keys. */
export function limitByAddress(limits: RateLimits): RequestHandler {
  const counted: Counted = {
    name: 'address',
    scope: 'server',
    limitOf: () => limits.perAddress,
    keyOf: (req) => ipKeyGenerator(req.ip ?? 'unknown'),
  };
  const shared = limiter(counted, limits);
  // Counted in this process: a probe must say that the process runs although the store is down.
  const probes = limiter(counted, { ...limits, store: undefined });
  return (req, res, next) => (PROBES.has(req.path) ? probes : shared)(req, res, next);
}

/** Limits the requests of one principal, from wherever they come. */
export function limitByPrincipal(limits: RateLimits): RequestHandler {
  const principalOf = (res: Response) => contextOf(res.locals).principal;
  const limit = limiter(
    {
      name: 'principal',
      scope: 'key',
      limitOf: (res) => principalOf(res)?.limits?.requestsPerMinute ?? limits.perPrincipal,
      keyOf: (_req, res) => callerName(principalOf(res)!),
    },
    limits,
  );
  return (req, res, next) => (principalOf(res) ? limit(req, res, next) : next());
}

/**
 * Limits the requests of all callers of a tenant together, for a route that is the tenant's: an exhausted one keeps nobody from
 * looking after the server.
 */
export function limitByTenant(limits: RateLimits): (route: Route) => RequestHandler {
  const limit = limiter(
    {
      name: 'tenant',
      scope: 'tenant',
      limitOf: (res) => contextOf(res.locals).tenantRequestsPerMinute!,
      keyOf: (_req, res) => JSON.stringify([contextOf(res.locals).principal!.tenant]),
    },
    limits,
  );
  return ({ forGlobalKeys, scope }) =>
    async (req, res, next) => {
      const context = contextOf(res.locals);
      if (!context.principal || forGlobalKeys || scope === 'metrics') {
        next();
        return;
      }
      const { requestsPerMinute } = await limits.tenantLimits.of(context.principal.tenant);
      if (requestsPerMinute === null) {
        next();
        return;
      }
      context.tenantRequestsPerMinute = requestsPerMinute;
      limit(req, res, next);
    };
}

const WHOSE = { key: '', tenant: ' of the tenant', server: '' };

function limiter(
  { name, scope, limitOf, keyOf }: Counted,
  { nameOf, store }: Pick<RateLimits, 'nameOf' | 'store'>,
): RequestHandler {
  const limiting = rateLimit({
    windowMs: MINUTE_MS,
    limit: (_req, res) => limitOf(res),
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: `${name}-per-minute`,
    // An address and a token's subject are personal, and Redis is shared.
    keyGenerator: (req, res) => nameOf(keyOf(req, res)),
    handler: (_req, res, next) => {
      const seconds = Number(res.get('Retry-After') ?? MINUTE_MS / 1000);
      next(
        new AppError(
          'rate_limited',
          `Too many requests: the limit${WHOSE[scope]} is ${limitOf(res)} a minute.`,
          {
            error: 'Rate limit exceeded',
            scope,
            retryAfterSeconds: seconds,
          },
        ),
      );
    },
    ...(store ? { store: store(`sallyport:rate:${name}:`) } : {}),
  });
  return (req, res, next) => {
    // A store that fails must not open the door, nor is it a fault of this server's code.
    const settled = (error?: unknown) =>
      next(
        error === undefined || error instanceof AppError
          ? error
          : new AppError('unavailable', 'The rate limit cannot be checked right now.', {
              cause: error,
              retryAfterSeconds: 5,
            }),
      );
    void Promise.resolve(limiting(req, res, settled)).catch(settled);
  };
}
