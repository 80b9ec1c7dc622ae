import { describe, expect, test } from '@jest/globals';
import { settingsOfSecrets, type ReadSecret } from '../../../src/secrets/settings-of-secrets.ts';

const settingsOf = (...secrets: ReadSecret[]) => settingsOfSecrets(secrets);

describe('a secret that is no JSON object', () => {
  test.each([
    ['OPENAI_API_KEY'],
    ['openai_api_key'],
    ['openai-api-key'],
    ['openai.api.key'],
    ['prod/sallyport/openai-api-key'],
    ['projects/library/secrets/openai-api-key'],
  ])('is the setting that its name ends in: %s', (name) => {
    expect(settingsOf({ name, value: 'sk-1' })).toEqual({ OPENAI_API_KEY: 'sk-1' });
  });

  test('is the setting that it is said to be, whatever it looks like', () => {
    const value = '{"API_KEYS": "k"}';
    expect(settingsOf({ name: 'x', value, setting: 'JWT_SECRET' })).toEqual({ JWT_SECRET: value });
  });

  test.each(['{"cut": "o', '["JWT_SECRET"]', 'null', '{', '-----BEGIN KEY-----\nMC4\n-----END KEY-----'])(
    'may look like one, or be of several lines: %j',
    (value) => {
      expect(settingsOf({ name: 'jwt-secret', value })).toEqual({ JWT_SECRET: value });
    },
  );

  test('loses one line break at its end, and nothing else', () => {
    const read = (value: string) => settingsOf({ name: 'JWT_SECRET', value }).JWT_SECRET;
    expect(['s\n', 's\r\n', 's\n\n', ' s ', '\ns'].map(read)).toEqual(['s', 's', 's\n', ' s ', '\ns']);
  });
});

describe('a JSON object', () => {
  test('holds texts, numbers, true and false; what is no setting is somebody else’s', () => {
    const value = JSON.stringify({
      JWT_SECRET: 's',
      LLM_MAX_RETRIES: 2,
      openai_api_key: 'no name of a setting',
      port: 5432,
      nested: { API_KEYS: 'k' },
    });
    expect(settingsOf({ name: 'all', value: ` ${value}\n` })).toEqual({
      JWT_SECRET: 's',
      LLM_MAX_RETRIES: '2',
    });
  });

  test('cannot reach what every object has', () => {
    const value = '{"__proto__": {"API_KEYS": "k"}, "constructor": "c", "JWT_SECRET": "s"}';
    expect(settingsOf({ name: 'all', value })).toEqual({ JWT_SECRET: 's' });
  });
});

describe('what is refused, by the secret’s name and never by its value', () => {
  const long = 'x'.repeat(65_537);
  test.each<[string, ReadSecret[]]>([
    ['The secret all has neither a text', [{ name: 'all', value: '{"API_KEYS": ["hunter2"]}' }]],
    ['The secret all has neither a text', [{ name: 'all', value: '{"API_KEYS": null, "x": "hunter2"}' }]],
    ['The secret all has nothing for API_KEYS', [{ name: 'all', value: '{"API_KEYS": "", "x": "hunter2"}' }]],
    ['The secret jwt-secret has nothing for JWT_SECRET', [{ name: 'jwt-secret', value: '\n' }]],
    ['The secret all may not hold NODE_ENV', [{ name: 'all', value: '{"NODE_ENV": "hunter2"}' }]],
    ['The secret all may not hold SECRETS_DIR', [{ name: 'all', value: '{"SECRETS_DIR": "hunter2"}' }]],
    ['The secret db/host may not hold HOST', [{ name: 'db/host', value: 'hunter2' }]],
    ['The secret x may not hold PORT', [{ name: 'x', value: 'hunter2', setting: 'PORT' }]],
    ['The secret unknown is neither', [{ name: 'unknown', value: 'hunter2' }]],
    ['The secret all is neither', [{ name: 'all', value: '{"API_KEYS": "hunter2"' }]],
    ['SECRETS_NAMES: API_KEY is no setting', [{ name: 'x', value: 'hunter2', setting: 'API_KEY' }]],
    ['The secret jwt-secret is larger than 64 KiB', [{ name: 'jwt-secret', value: long }]],
    [
      'The secrets jwt-secret and all both hold JWT_SECRET',
      [
        { name: 'jwt-secret', value: 'hunter2' },
        { name: 'all', value: '{"JWT_SECRET": "hunter2"}' },
      ],
    ],
  ])('%s', (reason, secrets) => {
    let failure: Error | undefined;
    try {
      settingsOfSecrets(secrets);
    } catch (error) {
      failure = error as Error;
    }
    expect(failure?.message).toContain(reason);
    expect(failure?.message).toMatch(/^.{1,200}\.?$/);
    expect(failure?.message).not.toMatch(/hunter2|xxx/);
  });

  test('but what nobody named may be no setting', () => {
    const foreign = [
      { name: 'tls.crt', value: '-----BEGIN' },
      { name: 'jwt-secret', value: 's' },
    ];
    expect(settingsOfSecrets(foreign, { mayBeForeign: true })).toEqual({ JWT_SECRET: 's' });
  });
});
