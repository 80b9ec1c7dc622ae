import { afterEach, describe, expect, test } from '@jest/globals';
import { createMetrics } from '../../../src/observability/open-telemetry-metrics.ts';
import type { Metrics } from '../../../src/observability/metrics.ts';
import { readInTime, sharedFor } from '../../../src/observability/read-in-time.ts';
import { readScrape, total, type Scrape } from '../../support/prometheus.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

const SETTINGS = {
  TRACE_SERVICE_NAME: 'sallyport',
  METRICS_EXPORTER: 'none',
  METRICS_ENDPOINT: undefined,
  METRICS_INTERVAL_SECONDS: 30,
} as const;

describe('metrics', () => {
  const made: Metrics[] = [];
  afterEach(async () => {
    for (const metrics of made.splice(0)) await metrics.close();
  });
  const create = (logger = recordingLogger()): Metrics => {
    const metrics = createMetrics(SETTINGS, logger);
    made.push(metrics);
    return metrics;
  };
  const scrape = async (metrics: Metrics): Promise<Scrape> => readScrape(await metrics.scrape());

  test('of two servers in one process do not meet', async () => {
    const [one, other] = [create(), create()];
    one.refusal('blocked');
    expect(total(await scrape(one), 'sallyport_refusals_total')).toBe(1);
    expect(total(await scrape(other), 'sallyport_refusals_total')).toBe(0);
  });

  test('call a route that nobody knows unmatched, and a method that nobody knows _OTHER', async () => {
    const metrics = create();
    metrics.request(0.01, { method: 'BREW', route: undefined, status: 404 });
    const labels = {
      http_route: 'unmatched',
      http_request_method: '_OTHER',
      http_response_status_code: '404',
    };
    expect(total(await scrape(metrics), 'http_server_request_duration_seconds_count', labels)).toBe(1);
  });

  test('measure in buckets that fit: a millisecond and ten seconds are not in the same', async () => {
    const metrics = create();
    for (const seconds of [0.001, 0.03, 2, 10]) metrics.stage('retrieval', seconds, { ok: true });
    const { samples } = await scrape(metrics);
    const counts = samples.filter(({ name }) => name === 'sallyport_stage_duration_seconds_bucket');
    expect(new Set(counts.map(({ value }) => value)).size).toBe(5);
  });

  test('count no tokens where nobody counted them, and no cost where nobody knows the price', async () => {
    const metrics = create();
    metrics.modelCall(1, {
      provider: 'openai',
      model: 'm',
      promptTokens: 0,
      completionTokens: 0,
      costUsd: null,
      error: 'aborted',
    });
    const now = await scrape(metrics);
    expect(total(now, 'gen_ai_client_operation_duration_seconds_count', { error_type: 'aborted' })).toBe(1);
    expect(total(now, 'gen_ai_client_token_usage_count')).toBeUndefined();
    expect(total(now, 'sallyport_cost_usd_total')).toBeUndefined();
  });

  test('begin to count at zero what an alert waits for, so that the first one is a rise', async () => {
    const now = await scrape(create());
    expect(total(now, 'sallyport_audit_events_total', { outcome: 'lost' })).toBe(0);
    expect(total(now, 'sallyport_refusals_total', { code: 'guardrail_unavailable' })).toBe(0);
  });

  test('leave out a value that cannot be read, and never give out an old one in its place', async () => {
    const logger = recordingLogger();
    const metrics = create(logger);
    let isThere = true;
    metrics.gauge('sallyport.moat', 'Depth', () => {
      if (!isThere) throw new Error('a secret of the moat');
      return 3;
    });
    metrics.gauge('sallyport.keep', 'Floors', () => [{ value: 2, labels: { side: 'west' } }]);
    metrics.gauge('sallyport.odd', 'No number', () => NaN);
    expect(total(await scrape(metrics), 'sallyport_moat')).toBe(3);
    isThere = false;
    const now = await scrape(metrics);
    expect(total(now, 'sallyport_moat')).toBeUndefined();
    expect(total(now, 'sallyport_odd')).toBeUndefined();
    expect(total(now, 'sallyport_keep', { side: 'west' })).toBe(2);
    expect(logger.lines).toMatchObject([{ level: 'debug', fields: { metric: 'sallyport.moat' } }]);
  });

  test('are told although one value never comes', async () => {
    const metrics = create();
    let asked = 0;
    metrics.gauge('sallyport.moat', 'Depth', () => {
      asked += 1;
      return new Promise(() => undefined);
    });
    metrics.refusal('blocked');
    const [first, second] = await Promise.all([scrape(metrics), scrape(metrics)]);
    for (const scraped of [first, second]) {
      expect(total(scraped, 'sallyport_moat')).toBeUndefined();
      expect(total(scraped, 'sallyport_refusals_total')).toBe(1);
    }
    expect(asked).toBe(1);
  });
});

describe('a value that is read in time', () => {
  test('is given up after its time, and is asked for again only when it has come', async () => {
    const answers: ((value: number) => void)[] = [];
    const read = readInTime(() => new Promise<number>((answer) => answers.push(answer)), undefined, 5);
    expect(await read()).toBeUndefined();
    expect(await read()).toBeUndefined();
    expect(answers).toHaveLength(1);
    answers[0]!(7);
    await Promise.resolve();
    const next = read();
    answers.at(-1)!(8);
    expect([7, 8]).toContain(await next);
  });

  test('is shared for a while, but a failure is not', async () => {
    let asked = 0;
    const ask = sharedFor(async () => {
      asked += 1;
      if (asked === 1) throw new Error('away');
      return asked;
    }, 60_000);
    await expect(ask()).rejects.toThrow('away');
    expect(await ask()).toBe(2);
    expect(await ask()).toBe(2);
  });
});
