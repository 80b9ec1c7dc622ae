import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.ts';
import type { Settings } from '../config/schema.ts';

/** USD per million tokens of the prompt and of the answer. */
export type Price = { input: number; output: number };

const { chat, embedding } = JSON.parse(readFileSync(join(packageRoot, 'models', 'prices.json'), 'utf8')) as {
  chat: Record<string, Price>;
  embedding: Record<string, { input: number }>;
};

/** What the model of the settings costs: as they say, or by the list; undefined where neither knows. Dated snapshots cost what their model costs. */
export function priceOf(settings: Settings): Price | undefined {
  if (settings.LLM_PROVIDER === 'extractive') return { input: 0, output: 0 };
  const { LLM_MODEL: model } = settings;
  const listed = chat[model] ?? chat[model.replace(/-\d{4}-\d{2}-\d{2}$/, '')];
  const input = settings.LLM_PRICE_PER_MILLION_INPUT_TOKENS ?? listed?.input;
  const output = settings.LLM_PRICE_PER_MILLION_OUTPUT_TOKENS ?? listed?.output;
  return input === undefined || output === undefined ? undefined : { input, output };
}

/** List price of an embedding model, USD per million tokens. */
export function embeddingPrice(model: string): number | undefined {
  return embedding[model]?.input;
}

/** Whole billionths of a USD, rounded up: sums of them are exact. */
export function nanoUsd(price: Price, promptTokens: number, completionTokens: number): number {
  const exact = (promptTokens * price.input + completionTokens * price.output) * 1_000;
  return Math.ceil(Number(exact.toFixed(3)));
}

export function usdOf(nano: number): number {
  return nano / 1e9;
}
