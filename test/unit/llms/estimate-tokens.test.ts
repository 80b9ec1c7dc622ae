import { expect, test } from '@jest/globals';
import { estimateTokens } from '../../../src/llms/estimate-tokens.ts';
import { mostTokensOf } from '../../../src/llms/most-tokens.ts';

/** Texts, and how many tokens the larger of o200k_base and cl100k_base makes of them. */
const COUNTED: [string, number][] = [
  ['The late fee is eight dollars.', 7],
  ['Internationalisation of antidisestablishmentarianism', 9],
  ['{"a": [1, 2.5, 300000], "b": null}', 20],
  ['Сервер отвечает на вопросы.', 13],
  ['服务器根据文档回答问题。', 12],
  ['🎉🚀', 6],
  ['', 0],
];

test.each(COUNTED)(
  '%j is at the least what a tokenizer makes of it, and not twice as much and some',
  (text, tokens) => {
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(tokens);
    expect(estimateTokens(text)).toBeLessThanOrEqual(2.5 * tokens + 2);
  },
);

test('what a caller wrote counts by its bytes: no token is shorter', () => {
  const junk = 'qxzvkwjq'.repeat(100);
  const most = mostTokensOf(
    { name: 'm', maxOutputTokens: 10, answer: () => [] as never },
    () => ({ system: '', user: junk }),
    junk,
  );
  expect(most.prompt).toBeGreaterThan(junk.length);
  expect(most.completion).toBe(10);
});

test('of a model that costs nothing, the prompt is not even made', () => {
  const never = () => {
    throw new Error('the prompt was made');
  };
  const free = mostTokensOf({ name: 'm', answer: () => [] as never }, never, 'a');
  expect(free).toEqual({ prompt: 0, completion: 0 });
});
