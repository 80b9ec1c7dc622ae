import { z } from 'zod';
import { defineRoute, type Route } from '../src/api/route.ts';

/** What each part says of itself; asked anew at each call. */
export type Readiness = {
  /** Whether requests can be answered; they may be though it is degraded. */
  isReady: boolean;
  status: 'ok' | 'degraded' | 'draining';
  checks: Record<string, string>;
};

/** `GET /health` asks nothing: a slow database must not get the process killed. `GET /ready` asks everything. */
export function healthRoutes(readiness: () => Promise<Readiness>): Route[] {
  const readinessSchema = z.object({
    status: z.enum(['ok', 'degraded', 'draining']),
    checks: z.record(z.string(), z.string()),
  });
  return [
    defineRoute({
      method: 'get',
      path: '/health',
      scope: null,
      action: 'health',
      summary: 'Whether the process runs',
      replies: { 200: { description: 'It runs', schema: z.object({ status: z.literal('ok') }) } },
      handle: async () => ({ status: 200, body: { status: 'ok' } }),
    }),
    defineRoute({
      method: 'get',
      path: '/ready',
      scope: null,
      action: 'ready',
      summary: 'Whether requests can be answered now',
      replies: {
        200: {
          description: 'They can; `degraded` where Redis is away and REDIS_DOWN is `local`',
          schema: readinessSchema,
        },
        503: {
          description: 'They cannot: a store is down, or the server is stopping',
          schema: readinessSchema,
        },
      },
      handle: async () => {
        const { isReady, ...body } = await readiness();
        return { status: isReady ? 200 : 503, body };
      },
    }),
  ];
}
