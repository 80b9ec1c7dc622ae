import { ValueType } from '@opentelemetry/api';
import { hrTime } from '@opentelemetry/core';
import { defaultResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type GaugeMetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { packageVersion } from '../config/package-root.ts';
import type { Logger } from './logger.ts';
import type { Metrics, Reading } from './metrics.ts';
import { readInTime } from './read-in-time.ts';

/**
 * Values that are looked up when they are asked for. The SDK's own gauges go on giving out the last value of what can no longer
 * be read; here it is left out.
 */
export function createGauges(logger: Pick<Logger, 'debug'>): {
  producer: MetricProducer;
  gauge: Metrics['gauge'];
} {
  const gauges: (() => Promise<GaugeMetricData | undefined>)[] = [];
  return {
    gauge: (name, description, read, { unit = '' } = {}) => {
      const readNow = readInTime(read, (error) =>
        logger.debug('a metric could not be read', { metric: name, error }),
      );
      gauges.push(async () => {
        const now = hrTime();
        const dataPoints = valuesOf(await readNow()).map(({ value, labels }) => ({
          startTime: now,
          endTime: now,
          attributes: labels,
          value,
        }));
        if (dataPoints.length === 0) return undefined;
        return {
          dataPointType: DataPointType.GAUGE,
          descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPoints,
        };
      });
    },
    producer: {
      collect: async () => {
        const read = await Promise.all(gauges.map((one) => one()));
        const metrics = read.filter((metric) => metric !== undefined);
        return {
          resourceMetrics: {
            resource: defaultResource(),
            scopeMetrics: [{ scope: { name: 'sallyport', version: packageVersion }, metrics }],
          },
          errors: [],
        };
      },
    },
  };
}

function valuesOf(reading: Reading): { value: number; labels: Record<string, string> }[] {
  const values = typeof reading === 'number' ? [{ value: reading, labels: {} }] : (reading ?? []);
  return values.filter(({ value }) => Number.isFinite(value));
}
