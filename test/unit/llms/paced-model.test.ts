import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.ts';
import type { AnswerModel, AnswerPart, AnswerRequest } from '../../../src/llms/answer-model.ts';
import { createExtractiveModel } from '../../../src/llms/extractive-model.ts';
import { createPacedModel } from '../../../src/llms/paced-model.ts';
import { collect } from '../../support/http.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { createStubLedger } from '../../support/stub-ledger.ts';

const PROMPT_TOKENS = 400;
const ANSWER_TOKENS = 100;
const text = (said: string): AnswerPart => ({ type: 'text', text: said });
const END: AnswerPart = { type: 'end', model: 'm', usage: { promptTokens: 30, completionTokens: 12 } };
const upstream = (code: 'upstream_error' | 'upstream_timeout') => new AppError(code, 'The provider failed.');

/** A paced model over one that does as it is told, and what became of a call. */
const pace = (
  answer: (request: AnswerRequest) => AsyncIterable<AnswerPart>,
  { promptTokens = PROMPT_TOKENS, stream = true, signal = new AbortController().signal } = {},
) => {
  const ledger = createStubLedger(1_000);
  const logger = recordingLogger();
  const inner: AnswerModel = { name: 'm', maxOutputTokens: ANSWER_TOKENS, answer };
  const options = { requestsPerMinute: 60, tokensPerMinute: 1_000, queueTimeoutMs: 100 };
  const model = createPacedModel(inner, { ...options, ledger, logger });
  const request: AnswerRequest = {
    asked: { question: '', terms: [], languages: [] },
    passages: [],
    evidence: { ranked: [], probability: 0 },
    prompt: () => ({ system: '', user: '' }),
    stream,
    signal,
    turn: { caller: 'a', most: { prompt: promptTokens, completion: ANSWER_TOKENS } },
    onAsked: () => undefined,
  };
  return { ledger, logger, model, parts: model.answer(request) };
};
const spent = ({ settled }: ReturnType<typeof createStubLedger>) => settled.map((one) => one.spent);

describe('a paced model', () => {
  test('reserves its turn before it asks, and settles what the provider counted', async () => {
    const { ledger, parts, model } = pace(async function* ({ onAsked }) {
      const [entries] = [...ledger.open.values()];
      expect(entries!.map(({ account, amount }) => [account.name, account.limit, amount])).toEqual([
        ['llm:requests', 60, 1],
        ['llm:tokens', 1_000, PROMPT_TOKENS + ANSWER_TOKENS],
      ]);
      onAsked();
      yield text('Yes [1].');
      yield END;
    });
    expect(model).toMatchObject({ name: 'm', maxOutputTokens: 100 });
    expect(await collect(parts)).toEqual([text('Yes [1].'), END]);
    expect(spent(ledger)).toEqual([[1, 42]]);
    expect(ledger.open.size).toBe(0);
  });

  test('settles all that the provider counted, even beyond what was reserved', async () => {
    const { ledger, parts } = pace(async function* ({ onAsked }) {
      onAsked();
      yield { ...END, usage: { promptTokens: 600, completionTokens: 100 } };
    });
    await collect(parts);
    expect(spent(ledger)).toEqual([[1, 700]]);
  });

  test.each<[string, Error, boolean, string[], unknown]>([
    ['nothing but the call, when it fails at once', upstream('upstream_error'), true, [], [1, 0]],
    ['nothing, when it was not asked', upstream('upstream_error'), false, [], [0, 0]],
    ['its prompt, when it never replies', upstream('upstream_timeout'), true, [], [1, PROMPT_TOKENS]],
    [
      'what came back too, when it breaks off',
      upstream('upstream_error'),
      true,
      ['Yes', ' no'],
      [1, PROMPT_TOKENS + 3],
    ],
  ])('settles %s', async (_name, error, isAsked, pieces, expected) => {
    const { ledger, parts } = pace(async function* ({ onAsked }) {
      if (isAsked) onAsked();
      yield* pieces.map(text);
      throw error;
    });
    await expect(collect(parts)).rejects.toBe(error);
    expect(spent(ledger)).toEqual([expected]);
  });

  test('settles all that was reserved, when an answer in one piece does not come: it may have been written', async () => {
    const { ledger, parts } = pace(
      async function* ({ onAsked }) {
        onAsked();
        yield* [];
        throw upstream('upstream_timeout');
      },
      { stream: false },
    );
    await expect(collect(parts)).rejects.toMatchObject({ code: 'upstream_timeout' });
    expect(spent(ledger)).toEqual([[1, PROMPT_TOKENS + ANSWER_TOKENS]]);
  });

  test.each(['return', 'throw'] as const)(
    'ends the model’s own call when its reader stops (%s), and settles once',
    async (way) => {
      let ended = 0;
      const { ledger, parts } = pace(async function* ({ onAsked }) {
        try {
          onAsked();
          yield text('Yes');
          yield text(' and no');
        } finally {
          ended += 1;
        }
      });
      const reading = parts[Symbol.asyncIterator]();
      await reading.next();
      const stop = reading[way]!(new Error('enough'));
      if (way === 'throw') await expect(stop).rejects.toThrow('enough');
      else await stop;
      expect([ended, spent(ledger).length, ledger.open.size]).toEqual([1, 1, 0]);
      expect(await reading.next()).toEqual({ done: true, value: undefined });
    },
  );

  test('refuses at once what a whole minute has no tokens for', async () => {
    const { ledger, parts } = pace(
      () => {
        throw new Error('it was asked');
      },
      { promptTokens: 901 },
    );
    await expect(collect(parts)).rejects.toMatchObject({ code: 'token_limited', retryAfterSeconds: 60 });
    expect(ledger.asked).toBe(0);
  });

  test('takes one more request for each further attempt, and gives up when there is none', async () => {
    const { ledger, parts } = pace(async function* ({ onAsked, beforeRetry, signal }) {
      onAsked();
      await beforeRetry!(signal);
      expect(ledger.settled.map((one) => one.spent)).toEqual([[1]]);
      ledger.room = 0;
      await beforeRetry!(signal);
      yield END;
    });
    await expect(collect(parts)).rejects.toMatchObject({ code: 'unavailable' });
    expect(spent(ledger)).toHaveLength(2);
  });

  test('leaves a provider alone that fails again and again: no turn is taken for it', async () => {
    let asked = 0;
    const { ledger, model, parts } = pace(async function* ({ onAsked }) {
      onAsked();
      asked += 1;
      yield* [];
      throw upstream('upstream_error');
    });
    await expect(collect(parts)).rejects.toThrow('The provider failed.');
    const again = { turn: { caller: 'b', most: { prompt: 1, completion: 0 } } } as AnswerRequest;
    const request = { ...again, signal: new AbortController().signal, onAsked: () => undefined };
    for (let time = 0; time < 9; time++) await expect(collect(model.answer(request))).rejects.toThrow();
    await expect(collect(model.answer(request))).rejects.toMatchObject({
      code: 'upstream_error',
      retryAfterSeconds: 10,
    });
    expect([asked, ledger.asked, ledger.open.size]).toEqual([10, 10, 0]);
  });

  test('answers though it cannot settle, and says so in the log', async () => {
    const { ledger, logger, parts } = pace(async function* () {
      yield END;
    });
    ledger.settle = () => Promise.reject(new Error('redis is away'));
    expect(await collect(parts)).toEqual([END]);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
  });

  test('is the model itself where that costs nothing', () => {
    const model = createExtractiveModel();
    const options = { requestsPerMinute: 1, tokensPerMinute: 1, queueTimeoutMs: 1 };
    expect(
      createPacedModel(model, { ...options, ledger: createStubLedger(0), logger: recordingLogger() }),
    ).toBe(model);
  });
});
