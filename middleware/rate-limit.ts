import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit';
import { AppError } from '../src/errors/app-error.ts';
import { contextOf } from '../src/observability/request-context.ts';

/** Makes a counter store whose keys begin with `prefix`; undefined: counted in this process. */
export type RateLimitStore = ((prefix: string) => Store) | undefined;

const MINUTE_MS = 60_000;
const PROBES = new Set(['/health', '/ready']);

/** Limits requests from one address, before it is known who sends them: this bounds the guessing of keys. */
export function limitByAddress(perMinute: number, store: RateLimitStore): RequestHandler {
  const address = (req: Request) => ipKeyGenerator(req.ip ?? 'unknown');
  const shared = limiter('address', perMinute, store, address);
  // Counted in this process: a probe must say that the process runs although the store is down.
  const probes = limiter('address', perMinute, undefined, address);
  return (req, res, next) => (PROBES.has(req.path) ? probes : shared)(req, res, next);
}

/** Limits the requests of one principal, from wherever they come. */
export function limitByPrincipal(perMinute: number, store: RateLimitStore): RequestHandler {
  const limit = limiter('principal', perMinute, store, (_req, res) => {
    const { principal } = contextOf(res.locals);
    return `${principal?.tenant ?? ''}\n${principal?.subject ?? ''}`;
  });
  return (req, res, next) => (contextOf(res.locals).principal ? limit(req, res, next) : next());
}

function limiter(
  name: string,
  limit: number,
  store: RateLimitStore,
  keyOf: (req: Request, res: Response) => string,
): RequestHandler {
  const limiting = rateLimit({
    windowMs: MINUTE_MS,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: `${name}-per-minute`,
    // Hashed: an address and a token's subject are personal, and Redis is shared.
    keyGenerator: (req, res) => createHash('sha256').update(keyOf(req, res)).digest('base64url').slice(0, 22),
    handler: (_req, res, next) => {
      const seconds = Number(res.get('Retry-After') ?? MINUTE_MS / 1000);
      next(
        new AppError('rate_limited', `Too many requests: the limit is ${limit} a minute.`, {
          error: 'Rate limit exceeded',
          retryAfterSeconds: seconds,
        }),
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
