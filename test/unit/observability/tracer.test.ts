import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.ts';
import { createTracer, type Tracer, type TracerOptions } from 'sallyport';
import { createConsoleExporter } from '../../../src/observability/open-telemetry-console.ts';
import { createOpenTelemetryTracer } from '../../../src/observability/open-telemetry-tracer.ts';
import type { SpanReceiver } from '../../support/received-span.ts';
import { startOtlpReceiver } from '../../support/span-receivers.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SAMPLED = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
const NOT_SAMPLED = `00-${TRACE_ID}-00f067aa0ba902b7-00`;

let receiver: SpanReceiver;
let tracers: Tracer[];
beforeEach(async () => {
  tracers = [];
  receiver = await startOtlpReceiver();
});
afterEach(async () => {
  await Promise.all(tracers.map((tracer) => tracer.close()));
  await receiver.stop();
});
const open = (options: Partial<TracerOptions> = {}): Tracer => {
  const tracer = createTracer({ exportTo: 'otlp', otlpEndpoint: receiver.url, ...options });
  tracers.push(tracer);
  return tracer;
};

async function* letters(tracer: Tracer) {
  for (const letter of ['a', 'b', 'c']) {
    await Promise.resolve();
    yield tracer.run(`letter ${letter}`, {}, () => letter);
  }
}

describe('a trace', () => {
  test('of a stream: what is done for its parts is inside, what its reader does in between is not', async () => {
    const tracer = open();
    await tracer.run('request', {}, async () => {
      for await (const letter of tracer.stream('stream', {}, () => letters(tracer)))
        tracer.run(`reader of ${letter}`, {}, () => undefined);
    });
    await tracer.close();
    const idOf = (name: string) => receiver.spans.find((span) => span.name === name)!.spanId;
    const parents = Object.fromEntries(receiver.spans.map(({ name, parentId }) => [name, parentId]));
    expect(parents).toEqual({
      request: undefined,
      stream: idOf('request'),
      'letter a': idOf('stream'),
      'letter b': idOf('stream'),
      'letter c': idOf('stream'),
      'reader of a': idOf('request'),
      'reader of b': idOf('request'),
      'reader of c': idOf('request'),
    });
  });

  test('a stream that its reader leaves is ended, and its source too', async () => {
    const tracer = open();
    let isLeft = false;
    async function* source() {
      try {
        yield* letters(tracer);
      } finally {
        isLeft = true;
      }
    }
    for await (const letter of tracer.stream('left', {}, source)) if (letter === 'a') break;
    await tracer.close();
    expect(isLeft).toBe(true);
    expect(receiver.spans.find(({ name }) => name === 'left')).toMatchObject({ failed: false });
  });

  test('a stream that breaks fails its span, by its code alone', async () => {
    const tracer = open();
    async function* source() {
      yield* letters(tracer);
      throw new AppError('upstream_timeout', 'Words that must not be recorded.');
    }
    await expect(Array.fromAsync(tracer.stream('broken', {}, source))).rejects.toThrow(AppError);
    await tracer.close();
    expect(receiver.spans.find(({ name }) => name === 'broken')).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'upstream_timeout' },
    });
    expect(receiver.everything()).not.toContain('must not be recorded');
  });

  test('two tracers in one process know nothing of each other', async () => {
    const [one, other] = [open({ serviceName: 'one' }), open({ serviceName: 'other' })];
    one.run('of one', {}, () => {
      expect(other.traceId()).toBeUndefined();
      other.run('of the other', {}, () => expect(other.traceId()).not.toBe(one.traceId()));
    });
    await Promise.all([one.close(), other.close()]);
    expect(receiver.spans.map(({ service, name, parentId }) => [service, name, parentId]).sort()).toEqual([
      ['one', 'of one', undefined],
      ['other', 'of the other', undefined],
    ]);
  });

  test('values of attributes are cut to a length that no text of a document fits in', async () => {
    const tracer = open();
    tracer.run('long', { attributes: { value: 'x'.repeat(10_000) } }, () => undefined);
    await tracer.close();
    expect(receiver.spans[0]!.attributes.value).toHaveLength(256);
  });
});

describe('a caller’s trace', () => {
  test('goes on here, and in what is asked of others', async () => {
    const tracer = open();
    const headers = tracer.continued({ traceparent: SAMPLED, tracestate: 'congo=t61rcWkgMzE' }, () =>
      tracer.run('continued', { kind: 'server' }, () => {
        expect(tracer.traceId()).toBe(TRACE_ID);
        return tracer.headers();
      }),
    );
    await tracer.close();
    const [span] = receiver.spans;
    expect(span).toMatchObject({ traceId: TRACE_ID, parentId: '00f067aa0ba902b7' });
    expect(headers).toEqual({
      traceparent: `00-${TRACE_ID}-${span!.spanId}-01`,
      tracestate: 'congo=t61rcWkgMzE',
    });
  });

  test.each([
    ['without its trace id', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['without its span id', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['of a forbidden version', `ff-${TRACE_ID}-00f067aa0ba902b7-01`],
    ['with something behind it', `${SAMPLED}-more`],
    ['sent twice', `${SAMPLED}, ${SAMPLED}`],
    ['in capitals', SAMPLED.toUpperCase()],
    ['that is anything', '"><script>alert(1)</script>'],
    ['that is empty', ''],
  ])('a traceparent %s begins no trace of theirs', async (_what, traceparent) => {
    for (const tracer of [open(), open({ exportTo: 'none' })])
      expect(tracer.continued({ traceparent }, () => tracer.traceId())).toBeUndefined();
    const tracer = open();
    tracer.continued({ traceparent }, () => tracer.run('fresh', {}, () => undefined));
    await tracer.close();
    expect(receiver.spans[0]).toMatchObject({ parentId: undefined });
    expect(receiver.spans[0]!.traceId).not.toBe(TRACE_ID);
  });

  test.each(['otlp', 'none'] as const)(
    'what is no sound tracestate does not go on, and flags that nobody knows neither (%s)',
    (exportTo) => {
      const tracer = open({ exportTo });
      const inbound = {
        traceparent: SAMPLED.replace(/01$/, 'ff'),
        tracestate: 'good=1,BAD KEY=2,evil=a\u0000b,=x',
      };
      const { traceparent, tracestate } = tracer.continued(inbound, () => tracer.headers());
      expect(traceparent).toBe(SAMPLED);
      expect(tracestate).toBe('good=1');
    },
  );

  test('is followed in whether it is sampled, whatever the share of ours', async () => {
    const [all, none] = [open({ serviceName: 'all' }), open({ serviceName: 'none', sampleRatio: 0 })];
    for (const tracer of [all, none])
      for (const traceparent of [SAMPLED, NOT_SAMPLED])
        tracer.continued({ traceparent }, () =>
          tracer.run(traceparent === SAMPLED ? 'wanted' : 'unwanted', {}, () => undefined),
        );
    none.run('of our own', {}, () => undefined);
    await Promise.all([all.close(), none.close()]);
    expect(receiver.spans.map(({ service, name }) => `${service}: ${name}`).sort()).toEqual([
      'all: wanted',
      'none: wanted',
    ]);
  });
});

test('a share of a half samples some traces whole, and others not at all', async () => {
  const tracer = open({ sampleRatio: 0.5 });
  for (let count = 0; count < 200; count += 1)
    tracer.run('outer', {}, () => tracer.run('inner', {}, () => undefined));
  await tracer.close();
  const traces = Map.groupBy(receiver.spans, ({ traceId }) => traceId);
  expect(traces.size).toBeGreaterThan(50);
  expect(traces.size).toBeLessThan(150);
  for (const spans of traces.values()) expect(spans).toHaveLength(2);
});

test('a trace that is not sampled has an id all the same, and says so to others', () => {
  const tracer = open({ sampleRatio: 0 });
  tracer.run('unsampled', {}, () => {
    expect(tracer.traceId()).toMatch(/^[0-9a-f]{32}$/);
    expect(tracer.headers().traceparent).toMatch(/-00$/);
  });
});

test('with no exporter the work is done as it is, and only a caller’s trace is known and passed on', async () => {
  const tracer = open({ exportTo: 'none' });
  expect(tracer.run('nothing', {}, () => tracer.traceId())).toBeUndefined();
  expect(tracer.headers()).toEqual({});
  expect(await Array.fromAsync(tracer.stream('nothing', {}, () => letters(tracer)))).toEqual(['a', 'b', 'c']);
  await tracer.continued({ traceparent: NOT_SAMPLED }, async () => {
    await Promise.resolve();
    expect(tracer.traceId()).toBe(TRACE_ID);
    expect(tracer.headers()).toEqual({ traceparent: NOT_SAMPLED });
  });
});

test('the console gets a line of JSON for each span', async () => {
  const lines: string[] = [];
  const exporter = createConsoleExporter((line) => lines.push(line));
  const tracer = createOpenTelemetryTracer({ serviceName: 'x', exporter, sampleRatio: 1 });
  tracer.run('outer', { kind: 'server', attributes: { a: 'line\nbreak' } }, () =>
    tracer.run('inner', {}, () => undefined),
  );
  await tracer.close();
  expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
  const [inner, outer] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(outer).toMatchObject({
    span: 'outer',
    kind: 'server',
    failed: false,
    attributes: { a: 'line\nbreak' },
  });
  expect(inner).toMatchObject({
    span: 'inner',
    parent_span_id: outer!.span_id,
    trace_id: outer!.trace_id,
    duration_ms: expect.any(Number),
  });
});
