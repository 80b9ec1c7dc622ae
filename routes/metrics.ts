import { defineRoute, type Route } from '../src/api/route.ts';
import type { Metrics } from '../src/observability/metrics.ts';

/** Of Prometheus's text format. */
const MEDIA_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** `GET /metrics`: counts and durations of this process, for Prometheus. They tell nothing of any one caller. */
export function metricsRoute(metrics: Pick<Metrics, 'scrape'>): Route {
  return defineRoute({
    method: 'get',
    path: '/metrics',
    scope: 'metrics',
    action: 'metrics.read',
    summary: 'Metrics of this process, in the text format of Prometheus',
    replies: { 200: { description: 'Text format 0.0.4', mediaType: 'text/plain' } },
    handle: async () => ({ status: 200, text: await metrics.scrape(), mediaType: MEDIA_TYPE }),
  });
}
