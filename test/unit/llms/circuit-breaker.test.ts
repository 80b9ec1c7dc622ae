import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.ts';
import { createCircuitBreaker } from '../../../src/llms/circuit-breaker.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

const failed = () => new AppError('upstream_error', 'The model could not be asked.');
const said = (status: number) => new AppError('upstream_error', 'It said no.', { cause: { status } });
const LEFT_ALONE = { message: expect.stringContaining('in a row') };

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});
afterEach(() => {
  jest.useRealTimers();
});

const breaker = () => {
  const logger = recordingLogger();
  const circuit = createCircuitBreaker(logger);
  let calls = 0;
  const run = async (error?: Error): Promise<unknown> =>
    circuit
      .run(async () => {
        calls += 1;
        if (error) throw error;
        return 'answered';
      })
      .catch((thrown: unknown) => thrown);
  const fail = async (times: number, error: () => Error = failed) => {
    for (let time = 0; time < times; time++) await run(error());
  };
  return { circuit, run, fail, logger, calls: () => calls };
};

describe('the circuit to a provider', () => {
  test('opens after ten failures in a row, and says for how long', async () => {
    const { run, fail, calls, logger } = breaker();
    await fail(9);
    expect(await run()).toBe('answered');
    await fail(10);
    expect(calls()).toBe(20);
    expect(await run()).toMatchObject({ code: 'upstream_error', retryAfterSeconds: 10 });
    jest.setSystemTime(7_500);
    expect(await run()).toMatchObject({ ...LEFT_ALONE, retryAfterSeconds: 3 });
    expect(calls()).toBe(20);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
  });

  test.each<[string, () => Error, boolean]>([
    ['a time-out', () => new AppError('upstream_timeout', 'Too late.'), true],
    ['500', () => said(500), true],
    ['429', () => said(429), true],
    ['401', () => said(401), true],
    ['400, which is about the question', () => said(400), false],
    ['413, which is about the question', () => said(413), false],
    ['a client that went away', () => new DOMException('gone', 'AbortError'), false],
    ['a refusal of our own', () => new AppError('unavailable', 'No room.'), false],
  ])('counts what is a failure of the provider: %s', async (_name, error, counts) => {
    const { run, fail } = breaker();
    await fail(10, error);
    if (counts) expect(await run()).toMatchObject(LEFT_ALONE);
    else expect(await run()).toBe('answered');
  });

  test('lets one call try after ten seconds, and closes when it is answered', async () => {
    const { circuit, run, fail, logger } = breaker();
    await fail(10);
    jest.setSystemTime(10_000);
    let answer = (_text: string): void => undefined;
    const trying = circuit.run(() => new Promise((resolve) => (answer = resolve)));
    expect(await run()).toMatchObject({ ...LEFT_ALONE, retryAfterSeconds: 1 });
    expect(() => circuit.assertClosed()).toThrow('in a row');
    answer('it is back');
    expect(await trying).toBe('it is back');
    expect(await run()).toBe('answered');
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  test('closes when the provider refuses that one question: it is there', async () => {
    const { run, fail, logger } = breaker();
    await fail(10);
    jest.setSystemTime(10_000);
    await fail(1, () => said(400));
    expect(await Promise.all([run(), run()])).toEqual(['answered', 'answered']);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  test('stays open for as long again when that call fails', async () => {
    const { run, fail, calls, logger } = breaker();
    await fail(10);
    jest.setSystemTime(10_000);
    await fail(1);
    jest.setSystemTime(19_999);
    expect(await run()).toMatchObject(LEFT_ALONE);
    expect(calls()).toBe(11);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
  });

  test('lets the next call try at once when that one was broken off, and does not close for it', async () => {
    const { circuit, run, fail, logger } = breaker();
    await fail(10);
    jest.setSystemTime(10_000);
    await fail(1, () => new DOMException('gone', 'AbortError'));
    expect(logger.lines).toHaveLength(1);
    expect(() => circuit.assertClosed()).not.toThrow();
    await fail(1);
    expect(await run()).toMatchObject({ ...LEFT_ALONE, retryAfterSeconds: 10 });
  });
});
