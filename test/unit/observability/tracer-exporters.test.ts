import { afterEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.ts';
import { createTracer, type TracerOptions } from '../../../src/observability/create-tracer.ts';
import { eventually } from '../../support/http.ts';
import type { SpanReceiver } from '../../support/received-span.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { startGrpcReceiver, startOtlpReceiver, startZipkinReceiver } from '../../support/span-receivers.ts';

const DESTINATIONS = [
  { name: 'OTLP over HTTP', start: startOtlpReceiver, options: { exportTo: 'otlp' } },
  { name: 'OTLP over gRPC', start: startGrpcReceiver, options: { exportTo: 'otlp', protocol: 'grpc' } },
  { name: 'Jaeger, in OTLP', start: startOtlpReceiver, options: { exportTo: 'jaeger' } },
  { name: 'Zipkin', start: startZipkinReceiver, options: { exportTo: 'zipkin' } },
] satisfies { name: string; start: () => Promise<SpanReceiver>; options: TracerOptions }[];

describe.each(DESTINATIONS)('traces to $name', ({ start, options }) => {
  let receiver: SpanReceiver | undefined;
  const open = async (more: Partial<TracerOptions> = {}) => {
    receiver = await start();
    const tracer = createTracer({ serviceName: 'the-gate', otlpEndpoint: receiver.url, ...options, ...more });
    return { receiver, tracer };
  };
  afterEach(async () => receiver?.stop());

  test('arrive with their names, kinds, parents, attributes and failures', async () => {
    const { receiver, tracer } = await open();
    const failing = tracer.run(
      'outer',
      { kind: 'server', attributes: { words: ['a', 'b'], unknown: undefined } },
      async (outer) => {
        await tracer.run('inner', { kind: 'client' }, async (inner) => {
          await Promise.resolve();
          inner.set({ tokens: 840, share: 0.5, streamed: true });
        });
        outer.rename('outer renamed');
        throw new AppError('upstream_error', 'Words that must not be recorded.');
      },
    );
    await expect(failing).rejects.toThrow(AppError);
    await tracer.close();

    const [inner, outer] = receiver.spans;
    expect(receiver.spans).toHaveLength(2);
    expect(outer).toMatchObject({
      service: 'the-gate',
      name: 'outer renamed',
      kind: 'server',
      failed: true,
      parentId: undefined,
      attributes: { 'error.type': 'upstream_error' },
    });
    expect(inner).toMatchObject({
      name: 'inner',
      kind: 'client',
      failed: false,
      traceId: outer!.traceId,
      parentId: outer!.spanId,
    });
    // Zipkin's tags are texts, whatever they were.
    const texts = options.exportTo === 'zipkin';
    expect(inner!.attributes).toMatchObject(
      texts ? { tokens: '840', share: '0.5', streamed: 'true' } : { tokens: 840, share: 0.5, streamed: true },
    );
    expect(outer!.attributes.words).toEqual(texts ? 'a,b' : ['a', 'b']);
    expect(outer!.attributes).not.toHaveProperty('unknown');
    expect(inner!.startMs).toBeGreaterThanOrEqual(outer!.startMs - 1);
    expect(inner!.endMs).toBeLessThanOrEqual(outer!.endMs + 1);
    expect(receiver.everything()).not.toContain('must not be recorded');
  });

  test('a receiver that refuses is told of in the log, without a word of its own, and forgotten once it takes them', async () => {
    const logger = recordingLogger();
    const { receiver, tracer } = await open({ logger });
    receiver.manners = 'refuses';
    tracer.run('lost', {}, () => undefined);
    const told = (message: string) =>
      eventually(() => Promise.resolve(logger.lines.find((line) => line.message === message)), {
        what: `the log line "${message}"`,
      });
    expect(await told('traces could not be exported')).toMatchObject({
      level: 'warn',
      fields: { lostSpans: 1 },
    });
    receiver.manners = 'takes';
    tracer.run('kept', {}, () => undefined);
    await told('traces are exported again');
    await tracer.close();
    expect(receiver.spans.map(({ name }) => name)).toEqual(['kept']);
  });

  test('one that accepts and never answers holds nobody up, and the tracer closes all the same', async () => {
    const { receiver, tracer } = await open();
    receiver.manners = 'hangs';
    expect(tracer.run('unheard', {}, () => 'done')).toBe('done');
    await tracer.close();
    expect(receiver.spans).toEqual([]);
  });

  test('with nobody there at all the work is done, and the tracer closes', async () => {
    const { receiver: gone, tracer } = await open();
    await gone.stop();
    receiver = undefined;
    expect(await tracer.run('alone', {}, () => Promise.resolve('done'))).toBe('done');
    await tracer.close();
  });
});
