import { ROOT_CONTEXT, trace, TraceFlags, type Context } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { InboundHeaders } from './tracer.ts';

const w3c = new W3CTraceContextPropagator();

/** The trace that a caller's `traceparent` and `tracestate` name; none where they are not sound. */
export function contextOfHeaders(headers: InboundHeaders): Context | undefined {
  if (headers.traceparent === undefined) return undefined;
  const getter = { get: (from: InboundHeaders, name: string) => from[name], keys: Object.keys };
  const found = trace.getSpanContext(w3c.extract(ROOT_CONTEXT, headers, getter));
  // Of the flags only the first bit is defined; others are not passed on.
  return (
    found &&
    trace.setSpanContext(ROOT_CONTEXT, { ...found, traceFlags: found.traceFlags & TraceFlags.SAMPLED })
  );
}

/** The headers by which another service continues it. */
export function headersOfContext(context: Context): Record<string, string> {
  const headers: Record<string, string> = {};
  const setter = {
    set: (into: Record<string, string>, name: string, value: string) => {
      into[name] = value;
    },
  };
  w3c.inject(context, headers, setter);
  return headers;
}

export function traceIdOf(context: Context): string | undefined {
  return trace.getSpanContext(context)?.traceId;
}
