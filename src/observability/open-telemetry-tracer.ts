import { setTimeout as delay } from 'node:timers/promises';
import { SpanKind, SpanStatusCode, trace, type Span as SdkSpan } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import { packageVersion } from '../config/package-root.ts';
import { failureCode } from './failure-code.ts';
import { ERROR_TYPE } from './gen-ai-names.ts';
import { onSettled } from './on-settled.ts';
import { contextOfHeaders, headersOfContext, traceIdOf } from './open-telemetry-context.ts';
import type { Attributes, Span, SpanOptions, Tracer } from './tracer.ts';

const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT };
/** Spans that wait to be sent; more are dropped: traces must not fill the memory while the collector is away. */
const MOST_WAITING = 4_096;
const EVERY_MS = 2_000;
/** Above an exporter's own time-out. */
const EXPORT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 3_000;
const LONGEST_VALUE = 256;

export type OpenTelemetryTracerOptions = {
  serviceName: string;
  exporter: SpanExporter;
  /** Share of the traces that begin here which are sampled, 0..1. */
  sampleRatio: number;
};

/** Traces by the OpenTelemetry SDK. Nothing global is registered: several of them may live in one process. */
export function createOpenTelemetryTracer({
  serviceName,
  exporter,
  sampleRatio,
}: OpenTelemetryTracerOptions): Tracer {
  const contexts = new AsyncLocalStorageContextManager();
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanLimits: { attributeValueLengthLimit: LONGEST_VALUE },
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': serviceName, 'service.version': packageVersion }),
    ),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MOST_WAITING,
        scheduledDelayMillis: EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const sdk = provider.getTracer('sallyport', packageVersion);

  const begin = (name: string, { kind = 'internal', attributes = {} }: SpanOptions) => {
    const parent = contexts.active();
    const span = sdk.startSpan(name, { kind: KINDS[kind], attributes: known(attributes) }, parent);
    return { span, port: spanOf(span), context: trace.setSpan(parent, span) };
  };

  return {
    run: (name, options, work) => {
      const { span, port, context } = begin(name, options);
      return onSettled(
        () => contexts.with(context, () => work(port)),
        (outcome) => {
          if (!outcome.ok) port.fail(failureCode(outcome.error));
          span.end();
        },
      );
    },
    async *stream(name, options, work) {
      const { span, port, context } = begin(name, options);
      // A generator runs in the context of whoever asks for its next part, so each is asked for in the span's.
      const parts = contexts.with(context, () => work(port)[Symbol.asyncIterator]());
      try {
        for (;;) {
          const step = await contexts.with(context, () => parts.next());
          if (step.done) return;
          yield step.value;
        }
      } catch (error) {
        port.fail(failureCode(error));
        throw error;
      } finally {
        try {
          await contexts.with(context, () => parts.return?.());
        } finally {
          span.end();
        }
      }
    },
    continued: (headers, work) => {
      const context = contextOfHeaders(headers);
      return context ? contexts.with(context, work) : work();
    },
    headers: () => headersOfContext(contexts.active()),
    traceId: () => traceIdOf(contexts.active()),
    close: async () => {
      const left = new AbortController();
      const shutDown = provider.shutdown().catch(() => undefined);
      const timeUp = delay(CLOSE_TIMEOUT_MS, undefined, { signal: left.signal }).catch(() => undefined);
      await Promise.race([shutDown, timeUp]);
      left.abort();
    },
  };
}

function spanOf(span: SdkSpan): Span {
  let hasFailed = false;
  return {
    set: (attributes) => void span.setAttributes(known(attributes)),
    rename: (name) => void span.updateName(name),
    fail: (code) => {
      if (hasFailed) return;
      hasFailed = true;
      span.setAttribute(ERROR_TYPE, code);
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
  };
}

function known(attributes: Attributes): Record<string, NonNullable<Attributes[string]>> {
  const defined: Record<string, NonNullable<Attributes[string]>> = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) defined[name] = value;
  return defined;
}
