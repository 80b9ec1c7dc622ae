import { AsyncLocalStorage } from 'node:async_hooks';
import { contextOfHeaders, headersOfContext, traceIdOf } from './open-telemetry-context.ts';
import type { Span, Tracer } from './tracer.ts';

const NO_SPAN: Span = { set: () => undefined, rename: () => undefined, fail: () => undefined };

/** Makes no spans. A caller's trace is known by its id all the same, and passed on as it came. */
export function createNoTracer(): Tracer {
  const inbound = new AsyncLocalStorage<NonNullable<ReturnType<typeof contextOfHeaders>>>();
  return {
    run: (_name, _options, work) => work(NO_SPAN),
    stream: (_name, _options, work) => work(NO_SPAN),
    continued: (headers, work) => {
      const context = contextOfHeaders(headers);
      return context ? inbound.run(context, work) : work();
    },
    headers: () => {
      const context = inbound.getStore();
      return context ? headersOfContext(context) : {};
    },
    traceId: () => {
      const context = inbound.getStore();
      return context && traceIdOf(context);
    },
    close: () => Promise.resolve(),
  };
}
