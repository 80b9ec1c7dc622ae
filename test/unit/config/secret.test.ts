import { describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { parseSettings } from '../../../src/config/load.ts';
import { Secret } from '../../../src/config/secret.ts';
import { jsonLine, readableLine } from '../../../src/observability/log-line.ts';

const VALUE = 'swordfish-swordfish-swordfish-swordfish';

describe('a secret', () => {
  const secret = new Secret(VALUE);

  test('shows itself in no way of printing', () => {
    const error = new Error('no', { cause: secret });
    const printed = [
      String(secret),
      JSON.stringify({ secret, list: [secret] }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      inspect(error),
      Object.entries(secret).join(),
      jsonLine({ level: 'info', message: 'm', secret, error }),
      readableLine({ level: 'info', message: 'm', secret }),
    ];
    for (const text of printed) expect(text).not.toContain('swordfish');
    expect(printed[0]).toBe('[secret]');
    expect(secret.reveal()).toBe(VALUE);
  });

  test('says when it is not set, which is none', () => {
    expect([String(new Secret(undefined)), String(new Secret([]))]).toEqual(['', '']);
  });

  test('replaces its value, and accepts the one before for the overlap alone', async () => {
    const rotated = new Secret('first');
    const lengthOf = rotated.derive((value) => ({ length: value.length }));
    const before = lengthOf();
    expect(lengthOf()).toBe(before);
    rotated.replace('second', 60_000);
    expect(rotated.accepted()).toEqual(['second', 'first']);
    expect(lengthOf()).toEqual({ length: 6 });
    rotated.replace('third', 0);
    expect(rotated.accepted()).toEqual(['third', 'first']);
  });
});

test('all settings together print no secret', () => {
  const settings = parseSettings({
    API_KEYS: VALUE,
    ADMIN_API_KEYS: VALUE,
    API_KEY_PEPPER: VALUE,
    JWT_SECRET: VALUE,
    OPENAI_API_KEY: VALUE,
    AUDIT_SIGNING_KEY: VALUE,
    DATABASE_URL: `postgres://someone:${VALUE}@127.0.0.1/none`,
    REDIS_URL: `redis://:${VALUE}@127.0.0.1`,
  });
  expect(inspect(settings) + JSON.stringify(settings)).not.toContain('swordfish');
});
