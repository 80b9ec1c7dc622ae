import { describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../../src/config/load.ts';
import { nanoUsd, priceOf, usdOf } from '../../../src/llms/prices.ts';

const priced = (env: Record<string, string>) => priceOf(parseSettings({ LLM_PROVIDER: 'openai', ...env }));

describe('the price of a model', () => {
  test('is the list’s, also for a dated snapshot', () => {
    expect(priced({ LLM_MODEL: 'gpt-4o-mini' })).toEqual({ input: 0.15, output: 0.6 });
    expect(priced({ LLM_MODEL: 'gpt-4o-mini-2024-07-18' })).toEqual({ input: 0.15, output: 0.6 });
  });

  test('is what the settings say, where they do', () => {
    const own = { LLM_PRICE_PER_MILLION_INPUT_TOKENS: '1', LLM_PRICE_PER_MILLION_OUTPUT_TOKENS: '0' };
    expect(priced({ LLM_MODEL: 'llama', ...own })).toEqual({ input: 1, output: 0 });
  });

  test('is not guessed for a model that nobody knows', () => {
    expect(priced({ LLM_MODEL: 'llama' })).toBeUndefined();
    expect(priced({ LLM_MODEL: 'toString' })).toBeUndefined();
    expect(priced({ LLM_MODEL: 'llama', LLM_PRICE_PER_MILLION_INPUT_TOKENS: '1' })).toBeUndefined();
  });

  test('is nothing for the extractive model', () => {
    expect(priced({ LLM_PROVIDER: 'extractive' })).toEqual({ input: 0, output: 0 });
  });
});

test('money is counted in whole billionths of a dollar, so that a million small sums are exact', () => {
  expect(nanoUsd({ input: 0.15, output: 0.6 }, 812, 41)).toBe(146_400);
  expect(usdOf(146_400)).toBe(0.0001464);
  expect(nanoUsd({ input: 0.0001, output: 0 }, 1, 0)).toBe(1);
  expect(nanoUsd({ input: 1.1, output: 4.4 }, 3, 0)).toBe(3_300);
});
