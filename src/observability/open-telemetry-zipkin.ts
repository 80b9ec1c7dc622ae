import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { ExportResultCode, hrTimeToMicroseconds } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { ERROR_TYPE } from './gen-ai-names.ts';

/** Internal spans have no kind in Zipkin. */
const KINDS: Partial<Record<SpanKind, string>> = { [SpanKind.SERVER]: 'SERVER', [SpanKind.CLIENT]: 'CLIENT' };

/**
 * Sends spans as Zipkin v2 JSON. The SDK's own exporter waits without an end for a server that accepts and says nothing:
 * each batch then holds a connection for good.
 */
export function createZipkinExporter(url: string, timeoutMs: number): SpanExporter {
  const sending = new Set<Promise<void>>();
  const send = async (spans: ReadableSpan[]): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(spans.map(zipkinSpan)),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`Zipkin answered with ${response.status}`);
  };
  return {
    export: (spans, done) => {
      const sent = send(spans)
        .then(
          () => done({ code: ExportResultCode.SUCCESS }),
          (error: unknown) => done({ code: ExportResultCode.FAILED, error: error as Error }),
        )
        .finally(() => sending.delete(sent));
      sending.add(sent);
    },
    shutdown: async () => {
      await Promise.all(sending);
    },
  };
}

function zipkinSpan(span: ReadableSpan): Record<string, unknown> {
  const { traceId, spanId } = span.spanContext();
  const tags = { ...span.resource.attributes, ...span.attributes };
  const hasFailed = span.status.code === SpanStatusCode.ERROR;
  return {
    traceId,
    id: spanId,
    parentId: span.parentSpanContext?.spanId,
    name: span.name,
    kind: KINDS[span.kind],
    timestamp: Math.round(hrTimeToMicroseconds(span.startTime)),
    // Zipkin takes 0 for unknown.
    duration: Math.max(1, Math.round(hrTimeToMicroseconds(span.duration))),
    localEndpoint: { serviceName: span.resource.attributes['service.name'] },
    tags: {
      ...Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, String(value)])),
      // By this tag Zipkin knows a span that failed.
      ...(hasFailed ? { 'otel.status_code': 'ERROR', error: String(tags[ERROR_TYPE]) } : {}),
    },
  };
}
