import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.ts';
import { createMeter } from '../../../src/limits/meter.ts';
import type { AnswerUsage } from '../../../src/limits/usage-rows.ts';
import type { AnswerPart } from '../../../src/llms/answer-model.ts';

const PRICE = { input: 1, output: 10 };
const MOST = { prompt: 100, completion: 20 };
const text = (words: string): AnswerPart => ({ type: 'text', text: words });
const END: AnswerPart = { type: 'end', model: 'm', usage: { promptTokens: 80, completionTokens: 5 } };

const meterOf = (settled: AnswerUsage[] = [], options = {}) =>
  createMeter({
    most: MOST,
    price: PRICE,
    stream: true,
    settle: (spent) => void settled.push(spent),
    ...options,
  });

async function* parts(...given: (AnswerPart | Error)[]): AsyncGenerator<AnswerPart> {
  for (const part of given) {
    if (part instanceof Error) throw part;
    yield part;
  }
}

const failure = (code: 'upstream_error' | 'upstream_timeout') => new AppError(code, 'It failed.');

/** What is settled after these parts; `isAsked` says whether the provider ever was. */
const settledAfter = async (
  given: (AnswerPart | Error)[],
  { isAsked = true, leaveAfter = Infinity, stream = true } = {},
) => {
  const settled: AnswerUsage[] = [];
  const meter = meterOf(settled, { stream });
  if (isAsked) meter.asked();
  try {
    let seen = 0;
    for await (const _ of meter.count(parts(...given))) {
      seen += 1;
      if (seen === leaveAfter) break;
    }
  } catch {
    // What it throws is the subject of other tests.
  }
  meter.close();
  meter.close();
  expect(settled).toHaveLength(1);
  return settled[0];
};

describe('an answer is charged', () => {
  test('by what the provider counted', async () => {
    expect(await settledAfter([text('Five.'), END])).toEqual({
      promptTokens: 80,
      completionTokens: 5,
      nanoUsd: 80 * 1_000 + 5 * 10_000,
    });
  });

  test('by the most that it can have been, where nobody counted: the client left in the middle', async () => {
    const spent = await settledAfter([text('At five o’clock.'), text('More.'), END], { leaveAfter: 1 });
    expect(spent).toMatchObject({ promptTokens: MOST.prompt });
    expect(spent!.completionTokens).toBeGreaterThanOrEqual(4);
    expect(spent!.completionTokens).toBeLessThan(MOST.completion);
  });

  test('for its prompt, where the provider was asked for a stream and did not begin in time', async () => {
    expect(await settledAfter([failure('upstream_timeout')])).toMatchObject({
      promptTokens: MOST.prompt,
      completionTokens: 0,
    });
  });

  test('for all that was reserved, where it was to come in one piece and did not: it may have been written', async () => {
    const whole = { promptTokens: MOST.prompt, completionTokens: MOST.completion };
    expect(await settledAfter([failure('upstream_timeout')], { stream: false })).toMatchObject(whole);
    expect(await settledAfter([new Error('the client left')], { stream: false })).toMatchObject(whole);
  });

  test('for what came, where it came in one piece and nobody counted', async () => {
    const given = [text('At five o’clock.'), { ...END, usage: undefined }];
    const { completionTokens } = (await settledAfter(given, { stream: false }))!;
    expect(completionTokens).toBeGreaterThanOrEqual(4);
    expect(completionTokens).toBeLessThan(MOST.completion);
  });

  test('for what came, where the provider broke off', async () => {
    expect(await settledAfter([text('At five'), failure('upstream_error')])).toMatchObject({
      promptTokens: MOST.prompt,
    });
  });

  test('nothing, where the provider failed without a word', async () => {
    for (const stream of [true, false])
      expect(await settledAfter([failure('upstream_error')], { stream })).toEqual({
        promptTokens: 0,
        completionTokens: 0,
        nanoUsd: 0,
      });
  });

  test('nothing, where it never was asked', async () => {
    for (const stream of [true, false])
      expect(await settledAfter([failure('upstream_timeout')], { isAsked: false, stream })).toMatchObject({
        nanoUsd: 0,
      });
  });
});

describe('a stream that goes on beyond its reserve', () => {
  const letters = (count: number, piece: string) => Array.from({ length: count }, () => text(piece));
  const outcome = async (given: AnswerPart[], options = {}) => {
    const meter = meterOf([], options);
    meter.asked();
    let passed = 0;
    try {
      for await (const part of meter.count(parts(...given))) if (part.type === 'text') passed += 1;
    } catch (error) {
      return { code: (error as AppError).code, passed };
    }
    return { passed };
  };

  test('is cut off, whether it comes in words or in one gulp', async () => {
    expect(await outcome(letters(500, 'words '))).toEqual({
      code: 'budget_exceeded',
      passed: MOST.completion,
    });
    expect(await outcome([text('word '.repeat(500))])).toEqual({ code: 'budget_exceeded', passed: 0 });
  });

  test('is not taken for one when a proxy cuts an answer into letters, nor when its words are long', async () => {
    expect(await outcome([...letters(50, 'a'), END])).toEqual({ passed: 50 });
    expect(await outcome([...letters(MOST.completion, ' sixteen'), END])).toEqual({
      passed: MOST.completion,
    });
  });

  test('is let through when the model costs nothing', async () => {
    expect(await outcome([text('word '.repeat(500)), END], { most: { prompt: 0, completion: 0 } })).toEqual({
      passed: 1,
    });
  });

  test('is let through when it was not streamed: it is all there, and paid for', async () => {
    expect(await outcome([text('word '.repeat(500)), END], { stream: false })).toEqual({ passed: 1 });
  });
});
