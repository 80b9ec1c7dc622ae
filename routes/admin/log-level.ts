import { z } from 'zod';
import { defineRoute, type Route } from '../../src/api/route.ts';
import { LOG_LEVELS } from '../../src/observability/log-level.ts';
import type { AdjustableLogger } from '../../src/observability/logger.ts';

const level = z.enum(LOG_LEVELS);
const bodySchema = z.strictObject({ level });

/** `/admin/log-level`: how much this process logs, until it is changed again or starts anew; other replicas are not told. */
export function logLevelRoutes(logger: AdjustableLogger): Route[] {
  const path = '/admin/log-level';
  return [
    defineRoute({
      method: 'get',
      path,
      scope: 'admin',
      forGlobalKeys: true,
      action: 'log_level.read',
      summary: 'How much this process logs',
      replies: { 200: { description: 'The level', schema: z.object({ level }) } },
      handle: async () => ({ status: 200, body: { level: logger.level } }),
    }),
    defineRoute({
      method: 'post',
      path,
      scope: 'admin',
      forGlobalKeys: true,
      action: 'log_level.change',
      summary: 'Change how much this process logs',
      body: bodySchema,
      example: { level: 'info' },
      replies: { 200: { description: 'The level from now on', schema: z.object({ level }) } },
      handle: async ({ principal, body }) => {
        const before = logger.level;
        const say = () =>
          logger.warn('the log level is changed', {
            before,
            after: body.level,
            keyId: principal?.keyId ?? null,
          });
        // Said at the one of both levels that shows it.
        if (before === 'error') {
          logger.level = body.level;
          say();
        } else {
          say();
          logger.level = body.level;
        }
        return { status: 200, body: { level: body.level } };
      },
    }),
  ];
}
