import { AsyncLocalStorage } from 'node:async_hooks';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import {
  PeriodicExportingMetricReader,
  type MetricProducer,
  type MetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import type { Logger } from './logger.ts';

export type PushOptions = {
  /** URL of the collector; where it has no path, the usual one is added. Absent: where one usually listens on this host. */
  endpoint: string | undefined;
  everySeconds: number;
  /** What is pushed besides what the SDK counts. */
  producer: MetricProducer;
  logger: Pick<Logger, 'warn' | 'info'>;
};

const USUAL = 'http://localhost:4318';
const LONGEST_SEND_MS = 5_000;

/** Pushes metrics by OTLP over HTTP, for as long as it is not closed. */
export function createPushReader({ endpoint, everySeconds, producer, logger }: PushOptions): MetricReader {
  const everyMs = everySeconds * 1_000;
  const timeoutMillis = Math.min(LONGEST_SEND_MS, everyMs);
  const url = new URL(endpoint ?? USUAL);
  if (url.pathname === '/') url.pathname = 'v1/metrics';
  return new PeriodicExportingMetricReader({
    exporter: tellFailures(new OTLPMetricExporter({ url: url.href, timeoutMillis }), logger),
    exportIntervalMillis: everyMs,
    exportTimeoutMillis: timeoutMillis,
    metricProducers: [producer],
  });
}

/** The same exporter, but it is logged when nobody takes the metrics any more, and when somebody does again. */
function tellFailures(
  exporter: OTLPMetricExporter,
  logger: Pick<Logger, 'warn' | 'info'>,
): PushMetricExporter {
  const detached = AsyncLocalStorage.snapshot();
  let isFailing = false;
  return {
    export: (metrics, done) =>
      detached(() =>
        exporter.export(metrics, (result) => {
          const failed = result.code !== ExportResultCode.SUCCESS;
          if (failed && !isFailing) logger.warn('metrics could not be exported', { error: result.error });
          if (!failed && isFailing) logger.info('metrics are exported again');
          isFailing = failed;
          done(result);
        }),
      ),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    selectAggregationTemporality: (type) => exporter.selectAggregationTemporality(type),
  };
}
