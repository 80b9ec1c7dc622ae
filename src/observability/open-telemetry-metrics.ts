import { setTimeout as delay } from 'node:timers/promises';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { packageVersion } from '../config/package-root.ts';
import type { Settings } from '../config/schema.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { createGauges } from './open-telemetry-gauges.ts';
import { bucketViews, createInstruments } from './open-telemetry-instruments.ts';
import { observeProcess } from './open-telemetry-process.ts';
import { createPrometheusReader } from './open-telemetry-prometheus.ts';
import { createPushReader } from './open-telemetry-push.ts';

export type MetricsSettings = Pick<
  Settings,
  'TRACE_SERVICE_NAME' | 'METRICS_EXPORTER' | 'METRICS_ENDPOINT' | 'METRICS_INTERVAL_SECONDS'
>;

const CLOSE_TIMEOUT_MS = 3_000;
const SILENT = { warn: () => undefined, info: () => undefined, debug: () => undefined };

/** Metrics by the OpenTelemetry SDK. Nothing global is registered: several of them may live in one process. */
export function createMetrics(
  settings: MetricsSettings,
  logger: Pick<Logger, 'warn' | 'info' | 'debug'> = SILENT,
): Metrics {
  const { producer, gauge } = createGauges(logger);
  const prometheus = createPrometheusReader(producer);
  const pushed =
    settings.METRICS_EXPORTER === 'otlp'
      ? [
          createPushReader({
            endpoint: settings.METRICS_ENDPOINT,
            everySeconds: settings.METRICS_INTERVAL_SECONDS,
            producer,
            logger,
          }),
        ]
      : [];
  const provider = new MeterProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': settings.TRACE_SERVICE_NAME,
        'service.version': packageVersion,
      }),
    ),
    views: bucketViews,
    readers: [prometheus.reader, ...pushed],
  });
  const meter = provider.getMeter('sallyport', packageVersion);
  const stopObserving = observeProcess(meter);

  return {
    ...createInstruments(meter),
    gauge,
    scrape: prometheus.scrape,
    close: async () => {
      stopObserving();
      const left = new AbortController();
      const shutDown = provider.shutdown().catch(() => undefined);
      const timeUp = delay(CLOSE_TIMEOUT_MS, undefined, { signal: left.signal }).catch(() => undefined);
      await Promise.race([shutDown, timeUp]);
      left.abort();
    },
  };
}
