import type { Metrics, Stage } from './metrics.ts';
import { onSettled } from './on-settled.ts';
import type { Span, SpanOptions, Tracer } from './tracer.ts';

/** Who is told how the work goes. */
export type Telemetry = { tracer: Tracer; metrics: Metrics };

export type ObservedStage = SpanOptions & {
  stage: Stage;
  /** Of the span. */
  span: string;
  /** Which one, among several of its stage. */
  name?: string;
};

/** Does a part of the work in a span, and measures how long it takes. */
export function observeStage<Result>(
  { tracer, metrics }: Telemetry,
  { stage, span, name, ...options }: ObservedStage,
  work: (span: Span) => Result,
): Result {
  const started = performance.now();
  return tracer.run(span, options, (opened) =>
    onSettled(
      () => work(opened),
      ({ ok }) =>
        metrics.stage(stage, secondsSince(started), { ...(name === undefined ? {} : { name }), ok }),
    ),
  );
}

/** `started` is a time of `performance.now()`. */
export function secondsSince(started: number): number {
  return (performance.now() - started) / 1_000;
}
