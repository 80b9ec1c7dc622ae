import type { Settings } from './config/schema.ts';
import { createTracer } from './observability/create-tracer.ts';
import type { Logger } from './observability/logger.ts';
import { createMetrics } from './observability/open-telemetry-metrics.ts';
import type { Telemetry } from './observability/telemetry.ts';

/** Who is told how the work goes, as the settings want it. Close it last: what is closed before is still traced. */
export function composeTelemetry(
  settings: Settings,
  logger: Logger,
): Telemetry & { close: () => Promise<void> } {
  const tracer = createTracer({
    serviceName: settings.TRACE_SERVICE_NAME,
    exportTo: settings.TRACE_EXPORTER,
    otlpEndpoint: settings.TRACE_ENDPOINT,
    protocol: settings.TRACE_PROTOCOL,
    sampleRatio: settings.TRACE_SAMPLE_RATIO,
    logger,
  });
  const metrics = createMetrics(settings, logger);
  return {
    tracer,
    metrics,
    close: async () => {
      await Promise.all([tracer.close(), metrics.close()]);
    },
  };
}
