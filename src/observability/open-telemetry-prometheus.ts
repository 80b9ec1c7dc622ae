import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MetricReader, type MetricProducer, type ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** As Prometheus wants its names: with the unit, where it has one of its own. */
const SUFFIXES: Record<string, string> = { s: '_seconds', By: '_bytes' };

/** Reads when it is asked, and not before. */
class OnDemandReader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

export type PrometheusReader = { reader: MetricReader; scrape: () => Promise<string> };

/** Metrics in the text format of Prometheus, version 0.0.4. */
export function createPrometheusReader(producer: MetricProducer): PrometheusReader {
  const reader = new OnDemandReader({ metricProducers: [producer] });
  const serializer = new PrometheusSerializer('', false, undefined, false, true);
  return {
    reader,
    scrape: async () => {
      const { resourceMetrics } = await reader.collect();
      return `${serializer.serialize(withUnits(resourceMetrics)).trimEnd()}\n`;
    },
  };
}

function withUnits({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics {
  return {
    resource,
    scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((metric) => {
        const { name, unit } = metric.descriptor;
        // The text format has no place for a unit: `# UNIT` belongs to OpenMetrics.
        return {
          ...metric,
          descriptor: { ...metric.descriptor, name: `${name}${SUFFIXES[unit] ?? ''}`, unit: '' },
        };
      }),
    })),
  };
}
