import { describe, expect, it } from '@jest/globals';
import { parseSettings, SettingsError } from '../../../src/config/load.ts';

const KEY = 'k'.repeat(24);
const refusal = (environment: Record<string, string>) => {
  try {
    parseSettings(environment);
  } catch (error) {
    return error as SettingsError;
  }
  throw new Error('the settings were accepted');
};

describe('settings', () => {
  it('have defaults, are frozen, and take an empty value for none', () => {
    const settings = parseSettings({ PORT: '', REDIS_URL: '' });
    expect(settings.API_KEYS.reveal()).toEqual([]);
    expect(settings).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 8000,
      LLM_PROVIDER: 'extractive',
    });
    expect(settings.REDIS_URL.reveal()).toBeUndefined();
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it('choose the provider by what is set', () => {
    expect(parseSettings({ OPENAI_API_KEY: 'x' }).LLM_PROVIDER).toBe('openai');
    expect(parseSettings({ OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }).LLM_PROVIDER).toBe('openai');
    expect(parseSettings({ OPENAI_API_KEY: 'x', LLM_PROVIDER: 'extractive' }).LLM_PROVIDER).toBe(
      'extractive',
    );
  });

  it('split lists of keys', () => {
    expect(parseSettings({ API_KEYS: ` ${KEY}1, ${KEY}2,` }).API_KEYS.reveal()).toEqual([
      `${KEY}1`,
      `${KEY}2`,
    ]);
  });

  it.each([
    ['PORT', 'eighty'],
    ['API_KEYS', 'hunter2-short'],
    ['JWT_SECRET', 'too-short-a-secret'],
    ['DATABASE_URL', 'mysql://user:pa55word@host/db'],
    ['TRUST_PROXY', 'true'],
    ['LLM_PROVIDER', 'oracle'],
    ['RATE_LIMIT_PER_MINUTE', '0'],
  ])('that are wrong are named, and never shown: %s', (name, value) => {
    const error = refusal({ [name]: value });
    expect(error).toBeInstanceOf(SettingsError);
    expect(error.message).toContain(name);
    if (value.length > 8) expect(error.message).not.toContain(value);
  });

  it('that are wrong are all named at once', () => {
    expect(refusal({ PORT: 'x', LOG_LEVEL: 'loud' }).message).toMatch(/PORT[\s\S]*LOG_LEVEL/);
  });
});
