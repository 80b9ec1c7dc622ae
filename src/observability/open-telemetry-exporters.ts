import { AsyncLocalStorage } from 'node:async_hooks';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter as OtlpGrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as OtlpHttpExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { createConsoleExporter } from './open-telemetry-console.ts';
import { createZipkinExporter } from './open-telemetry-zipkin.ts';
import type { Logger } from './logger.ts';

export type TraceDestination = {
  exportTo: 'otlp' | 'jaeger' | 'zipkin' | 'console';
  /** URL of the collector; where it has no path, the usual one is added. Absent: where one usually listens on this host. */
  endpoint: string | undefined;
  /** How OTLP is spoken. */
  protocol: 'http' | 'grpc';
};

const SEND_TIMEOUT_MS = 5_000;
const USUAL = {
  http: 'http://localhost:4318',
  grpc: 'http://localhost:4317',
  zipkin: 'http://localhost:9411',
};
/** A collector that is away is spoken of this often. */
const COMPLAIN_EVERY_MS = 60_000;

/** Sends spans where they go. Jaeger is spoken to in OTLP. */
export function createSpanExporter({ exportTo, endpoint, protocol }: TraceDestination): SpanExporter {
  if (exportTo === 'console') return createConsoleExporter();
  if (exportTo === 'zipkin')
    return createZipkinExporter(withPath(endpoint ?? USUAL.zipkin, 'api/v2/spans'), SEND_TIMEOUT_MS);
  const url = endpoint ?? USUAL[protocol];
  return protocol === 'grpc'
    ? new OtlpGrpcExporter({ url, timeoutMillis: SEND_TIMEOUT_MS })
    : new OtlpHttpExporter({ url: withPath(url, 'v1/traces'), timeoutMillis: SEND_TIMEOUT_MS });
}

function withPath(address: string, path: string): string {
  const url = new URL(address);
  if (url.pathname === '/') url.pathname = path;
  return url.href;
}

/** The same exporter, but failures are logged, once in a while. Exports are no part of the request that happens to set them off. */
export function tellFailures(exporter: SpanExporter, logger: Pick<Logger, 'warn' | 'info'>): SpanExporter {
  const detached = AsyncLocalStorage.snapshot();
  let lost = 0;
  let toldAt = -Infinity;
  const failed = (spans: number, error: unknown) => {
    lost += spans;
    if (performance.now() - toldAt < COMPLAIN_EVERY_MS) return;
    toldAt = performance.now();
    logger.warn('traces could not be exported', { lostSpans: lost, error });
  };
  const worked = () => {
    if (lost > 0) logger.info('traces are exported again', { lostSpans: lost });
    lost = 0;
    toldAt = -Infinity;
  };
  return {
    export: (spans, done) =>
      detached(() =>
        exporter.export(spans, (result) => {
          if (result.code === ExportResultCode.SUCCESS) worked();
          else failed(spans.length, result.error);
          done(result);
        }),
      ),
    shutdown: () => detached(() => exporter.shutdown()),
    ...(exporter.forceFlush ? { forceFlush: () => exporter.forceFlush!() } : {}),
  };
}
