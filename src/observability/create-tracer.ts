import type { Logger } from './logger.ts';
import { createNoTracer } from './no-tracer.ts';
import { createSpanExporter, tellFailures } from './open-telemetry-exporters.ts';
import { createOpenTelemetryTracer } from './open-telemetry-tracer.ts';
import type { Tracer } from './tracer.ts';

export type TracerOptions = {
  /** `service.name` of every span. */
  serviceName?: string;
  exportTo: 'otlp' | 'jaeger' | 'zipkin' | 'console' | 'none';
  /** URL of the collector; where it has no path, the usual one is added. Absent: where one usually listens on this host. */
  otlpEndpoint?: string | undefined;
  /** How OTLP is spoken. */
  protocol?: 'http' | 'grpc';
  /** Share of the traces that begin here which are sampled, 0..1; a caller's own decision is followed. */
  sampleRatio?: number;
  /** Hears, once in a while, that nobody takes the spans. */
  logger?: Pick<Logger, 'warn' | 'info'>;
};

const SILENT = { warn: () => undefined, info: () => undefined };

/** Starts tracing. Spans are sent in the background: neither a slow collector nor a broken one is felt. Call `close` at the end. */
export function createTracer({
  serviceName = 'sallyport',
  exportTo,
  otlpEndpoint,
  protocol = 'http',
  sampleRatio = 1,
  logger = SILENT,
}: TracerOptions): Tracer {
  if (exportTo === 'none') return createNoTracer();
  const exporter = createSpanExporter({ exportTo, endpoint: otlpEndpoint, protocol });
  return createOpenTelemetryTracer({ serviceName, exporter: tellFailures(exporter, logger), sampleRatio });
}
