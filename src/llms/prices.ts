/** USD per million tokens, from OpenAI's price list as of 2025-08. A model that is not here has no known cost. */
const PRICES: Readonly<Record<string, { input: number; output: number }>> = {
  'gpt-4o-mini': { input: 0.15, output: 0.6 },
  'gpt-4o': { input: 2.5, output: 10 },
  'gpt-4.1': { input: 2, output: 8 },
  'gpt-4.1-mini': { input: 0.4, output: 1.6 },
  'gpt-4.1-nano': { input: 0.1, output: 0.4 },
};

/** The cost of a call in USD; null for a model whose price is not known. Dated snapshots cost what their model costs. */
export function costUsd(model: string, promptTokens: number, completionTokens: number): number | null {
  const price = PRICES[model] ?? PRICES[model.replace(/-\d{4}-\d{2}-\d{2}$/, '')];
  if (!price) return null;
  return Number(((promptTokens * price.input + completionTokens * price.output) / 1e6).toFixed(8));
}
