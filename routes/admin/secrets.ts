import { z } from 'zod';
import { defineRoute, type Route } from '../../src/api/route.ts';
import { AppError } from '../../src/errors/app-error.ts';
import type { Rotation } from '../../src/secrets/rotation.ts';

/** `POST /admin/secrets/reload`: this process reads its secrets anew; other replicas do so by their timers, or when they are asked. */
export function secretsRoute({ reload }: Pick<Rotation, 'reload'>): Route {
  return defineRoute({
    method: 'post',
    path: '/admin/secrets/reload',
    scope: 'admin',
    forGlobalKeys: true,
    action: 'secrets.reload',
    summary: 'Read the secrets anew and use those that changed, without a restart',
    replies: {
      200: {
        description: 'The names of the settings that changed; never a value',
        schema: z.object({ rotated: z.array(z.string()) }),
      },
    },
    handle: async () => {
      const rotated = await reload('request').catch((cause: unknown) => {
        throw new AppError('unavailable', 'The secrets were not reloaded: those from before are in use.', {
          cause,
        });
      });
      return { status: 200, body: { rotated } };
    },
  });
}
