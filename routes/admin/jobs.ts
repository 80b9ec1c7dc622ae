import { z } from 'zod';
import { defineRoute, type Route, type RouteEvent } from '../../src/api/route.ts';
import type { Ingest } from '../../src/ingest/ingest.ts';
import { hasEnded, JOB_STAGES, JOB_STATUSES, type Job } from '../../src/ingest/job-store.ts';
import { documentScope } from '../row-scope.ts';

const jobSchema = z
  .object({
    id: z.string(),
    status: z.enum(JOB_STATUSES),
    stage: z.enum(JOB_STAGES),
    done: z.number().int().describe('documents'),
    total: z.number().int().describe('documents'),
    error: z.object({ code: z.string(), detail: z.string() }).optional(),
  })
  .meta({ id: 'Job' });
const oneJob = z.object({ id: z.string().max(100) });

/** `/admin/jobs`: how an ingest is getting on. */
export function jobRoutes(ingest: Ingest): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/admin/jobs/:id',
      scope: 'ingest',
      action: 'jobs.read',
      summary: 'The state of a job',
      params: oneJob,
      replies: { 200: { description: 'The job', schema: jobSchema } },
      handle: async ({ principal, params }) => ({
        status: 200,
        body: jobBody(await ingest.job(documentScope(principal), params.id)),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/admin/jobs/:id/events',
      scope: 'ingest',
      action: 'jobs.watch',
      summary: 'The states of a job until it ends',
      params: oneJob,
      replies: { 200: { description: 'An event `job` for each state', events: true } },
      handle: async ({ principal, params, signal }) => {
        const scope = documentScope(principal);
        await ingest.job(scope, params.id); // 404 before the stream begins
        return { events: jobEvents(ingest.watch(scope, params.id, signal)) };
      },
    }),
  ];
}

async function* jobEvents(states: AsyncIterable<Job>): AsyncIterable<RouteEvent> {
  for await (const job of states)
    yield { event: 'job', data: jobBody(job), ...(hasEnded(job) ? { last: true } : {}) };
}

function jobBody({ error, ...job }: Job): z.infer<typeof jobSchema> {
  return { ...job, ...(error ? { error } : {}) };
}
