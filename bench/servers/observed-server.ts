import { createApp } from '../../src/app.ts';
import { compose } from '../../src/compose.ts';
import { parseSettings } from '../../src/config/load.ts';
import type { Metrics } from '../../src/observability/metrics.ts';
import { createNoTracer } from '../../src/observability/no-tracer.ts';
import { serveParent } from '../child.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';

export type ObservedServerInput = {
  settings: Record<string, string>;
  /** Whether nothing is traced and nothing measured: no server can be set to that, for what it is compared with. */
  blind: boolean;
};

const ignore = () => undefined;
const noMetrics: Metrics = {
  request: ignore,
  stage: ignore,
  modelCall: ignore,
  embeddings: ignore,
  refusal: ignore,
  verdict: ignore,
  secretsReload: ignore,
  audit: ignore,
  gauge: ignore,
  scrape: () => Promise.resolve(''),
  close: () => Promise.resolve(),
};

/** Sallyport, seeing or blind. */
serveParent(async ({ settings, blind }: ObservedServerInput) => {
  const openTelemetry = () => ({
    tracer: createNoTracer(),
    metrics: noMetrics,
    close: () => Promise.resolve(),
  });
  const application = await compose(parseSettings(settings), blind ? { openTelemetry } : {});
  return { url: await listenOnLoopback(createApp(application)) };
});
