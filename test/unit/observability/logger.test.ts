import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.ts';
import { jsonLine, printable, readableLine } from '../../../src/observability/log-line.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { openContext, within } from '../../../src/observability/request-context.ts';

const FORGED = '2026-01-01T00:00:00.000Z error the gate is open';
/** Everything that ends a line somewhere, colours a terminal, moves its cursor, or turns the direction of writing. */
const DANGEROUS = [
  `a\n${FORGED}`,
  `a\r\n${FORGED}`,
  `a\u2028${FORGED}`,
  `a\u2029${FORGED}`,
  `a\u0085${FORGED}`,
  `a\u000b\u000c${FORGED}`,
  'a\u001b[31mred\u001b[0m',
  'a\u001b]0;title\u0007',
  'a\u009b31mred',
  'a\u0008\u0008\u0008overwritten',
  'a\u0000b',
  'a\u007fb',
  'a\u202etxt.exe',
  'a\u2066b\u2069',
  '\ufeffa',
];
// eslint-disable-next-line no-control-regex -- these are what must not be there
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

const captured = (): { lines: () => string[]; restore: () => void } => {
  const written: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    }),
  );
  // winston's console transport writes past `process.stderr` where it can.
  const stream = (console as unknown as { _stderr?: NodeJS.WriteStream })._stderr;
  if (stream && stream !== process.stderr)
    spies.push(
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        written.push(String(text));
        return true;
      }),
    );
  return { lines: () => written, restore: () => spies.forEach((spy) => spy.mockRestore()) };
};

describe('a line of the log', () => {
  const entry = (value: unknown) => ({ timestamp: 'T', level: 'info', message: 'said', value });

  test.each(DANGEROUS)('remains one line, with nothing in it that is not printed: %j', (text) => {
    for (const line of [jsonLine, readableLine]) {
      for (const made of [
        line(entry(text)),
        line(entry({ deep: [text] })),
        line({ ...entry(1), message: text }),
      ])
        expect(made).not.toMatch(UNSAFE);
      expect(line({ ...entry(1), [text]: 1 })).not.toMatch(UNSAFE);
    }
    expect((JSON.parse(jsonLine(entry(text))) as { value: string }).value).toBe(text);
  });

  test('shows other writing as it is', () => {
    const text = 'Größe, 大きさ, גודל, 👩‍🚀 and “quotes”';
    expect(printable(text)).toBe(text);
    expect(jsonLine(entry(text))).toContain('大きさ');
  });

  test('says when, how bad and what before everything else', () => {
    expect(readableLine({ ...entry(1), requestId: 'r-1' })).toBe('T info said {"value":1,"requestId":"r-1"}');
    expect(Object.keys(JSON.parse(jsonLine(entry(1))) as object)).toEqual([
      'timestamp',
      'level',
      'message',
      'value',
    ]);
  });

  test('names an error, and quotes nothing of its message, however that is shaped', () => {
    const secret = 'value "hunter2" is wrong\n    at hunter2 (secret.ts:1:1)';
    const cause = Object.assign(new Error(secret), { code: '22P02' });
    for (const error of [cause, new AppError('unavailable', 'No database.', { cause })]) {
      const line = jsonLine(entry(error));
      expect(line).not.toContain('hunter2');
      expect(line).toContain('22P02');
      expect((JSON.parse(line) as { value: { stack: string[] } }).value.stack[0]).toMatch(/^\s+at /);
    }
  });

  test('comes out whatever a field holds', () => {
    const circular: Record<string, unknown> = { name: 'ring' };
    circular.self = circular;
    const throwing = {
      toJSON: () => {
        throw new Error('no');
      },
    };
    for (const value of [circular, throwing, 10n, Symbol('s'), () => 1, undefined, new Map([[1, 2]])])
      for (const line of [jsonLine, readableLine])
        expect(line({ ...entry(value), requestId: 'r-1' })).toContain('r-1');
    expect(jsonLine(entry(10n))).toContain('"10"');
  });
});

describe('the logger', () => {
  let output: ReturnType<typeof captured> | undefined;
  afterEach(() => output?.restore());
  const logger = (level: 'info' | 'error' = 'info') => {
    output = captured();
    return createLogger({ LOG_LEVEL: level, NODE_ENV: 'production' });
  };
  const entries = () =>
    output!
      .lines()
      .join('')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test('says for which request and in which trace a line is written, unless it is told', async () => {
    const log = logger();
    const context = openContext({}, 'request-1');
    context.traceId = 'a'.repeat(32);
    log.info('outside');
    await within(context, async () => {
      await Promise.resolve();
      log.info('inside');
      log.info('told', { requestId: 'another' });
    });
    expect(entries()).toMatchObject([
      { message: 'outside' },
      { message: 'inside', requestId: 'request-1', traceId: 'a'.repeat(32) },
      { message: 'told', requestId: 'another' },
    ]);
    expect(entries()[0]).not.toHaveProperty('requestId');
    expect(entries()[2]).not.toHaveProperty('traceId');
  });

  test('lets no field take the place of the message or the level', () => {
    logger().warn('true', { message: 'forged', level: 'error', timestamp: 'never' });
    expect(entries()).toMatchObject([{ level: 'warn', message: 'true' }]);
    expect(entries()[0]!.timestamp).not.toBe('never');
  });

  test('says more or less once its level is changed', () => {
    const log = logger('error');
    log.debug('before');
    log.level = 'debug';
    log.debug('between');
    log.level = 'error';
    log.warn('after');
    expect(log.level).toBe('error');
    expect(entries().map(({ message }) => message)).toEqual(['between']);
  });
});
