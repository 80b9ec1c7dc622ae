import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../src/config/load.ts';
import { weighEvidence } from '../../src/evidence/weigh-evidence.ts';
import { answerModels } from '../../src/llms/index.ts';
import { NOT_IN_DOCUMENTS, type AnswerPart } from '../../src/llms/answer-model.ts';
import { answers, startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { passageOf } from '../support/passage.ts';

const TEXT = 'The late fee is eight dollars for every card.';
const passage = passageOf(TEXT);
const term = (stem: string, isKnown = true) => ({ stems: [stem], weight: 2, isKnown });
const questions = {
  answered: {
    question: 'What is the late fee?',
    terms: [term('late'), term('fee')],
    languages: ['english' as const],
  },
  unanswered: {
    question: 'Who rules Mongolia?',
    terms: [term('rule', false), term('mongolia', false)],
    languages: ['english' as const],
  },
};

let provider: OpenAiServer;
beforeAll(async () => {
  provider = await startOpenAiServer();
  // A model that reads: it answers from the passage, or says that the answer is not there.
  provider.onChat = (request, response) =>
    answers(
      JSON.stringify(request.body.messages).includes('Mongolia') ? NOT_IN_DOCUMENTS : 'Eight dollars [1].',
    )(request, response);
});
afterAll(() => provider.stop());

describe.each(Object.entries(answerModels))('the answer model %s', (_name, create) => {
  const ask = async (
    asked: (typeof questions)['answered'],
    stream: boolean,
    signal = new AbortController().signal,
  ) => {
    const model = create(parseSettings(provider.env));
    const request = { asked, passages: [passage], evidence: weighEvidence(asked, [passage]), stream, signal };
    const parts: AnswerPart[] = [];
    for await (const part of model.answer({
      ...request,
      prompt: () => ({ system: 'Answer.', user: asked.question }),
      turn: { caller: 'somebody', most: { prompt: 1_000, completion: 1_000 } },
      onAsked: () => undefined,
    }))
      parts.push(part);
    return parts;
  };
  const textOf = (parts: AnswerPart[]) =>
    parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

  test.each([true, false])(
    'gives text that cites its passage, then one end with usage (stream: %s)',
    async (stream) => {
      const parts = await ask(questions.answered, stream);
      expect(textOf(parts)).toMatch(/eight dollars.*\[1\]/i);
      expect(parts.filter(({ type }) => type === 'end')).toHaveLength(1);
      expect(parts.at(-1)).toMatchObject({
        type: 'end',
        model: expect.any(String),
        finishReason: 'stop',
        usage: { promptTokens: expect.any(Number), completionTokens: expect.any(Number) },
      });
    },
  );

  test.each([true, false])('says when the passages do not hold the answer (stream: %s)', async (stream) => {
    expect(textOf(await ask(questions.unanswered, stream))).toBe(NOT_IN_DOCUMENTS);
  });
});
