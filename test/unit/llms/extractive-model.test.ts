import { expect, it } from '@jest/globals';
import { weighEvidence } from '../../../src/evidence/weigh-evidence.ts';
import { createExtractiveModel } from '../../../src/llms/extractive-model.ts';
import { passageOf } from '../../support/passage.ts';

it('a source’s own footnotes, however they are written, never read as citations of ours', async () => {
  const text = 'The late fee [7] is eight dollars[^1] for every card 【2†a】 in all shops [1-3].';
  const passages = [passageOf(text)];
  const term = (stem: string) => ({ stems: [stem], weight: 2, isKnown: true });
  const asked = {
    question: 'What is the late fee?',
    terms: [term('late'), term('fee')],
    languages: ['english' as const],
  };
  let answer = '';
  const request = {
    asked,
    passages,
    evidence: weighEvidence(asked, passages),
    prompt: () => ({ system: '', user: '' }),
  };
  for await (const part of createExtractiveModel().answer({
    ...request,
    stream: false,
    signal: new AbortController().signal,
    turn: { caller: 'somebody', most: { prompt: 1_000, completion: 1_000 } },
    onAsked: () => undefined,
  }))
    if (part.type === 'text') answer += part.text;
  expect(answer).toBe(
    'Quoted from the documents: The late fee is eight dollars for every card in all shops. [1]',
  );
});
