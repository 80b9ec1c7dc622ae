import { describe, expect, it } from '@jest/globals';
import { answersKind } from '../../../src/evidence/expected-answer.ts';
import { weighEvidence } from '../../../src/evidence/weigh-evidence.ts';
import { passageOf } from '../../support/passage.ts';

const term = (stem: string, weight = 2) => ({ stems: [stem], weight, isKnown: true });
const passage = (text: string, score = 0.7) => passageOf(text, { title: 'Manual', score });
const ask = (question: string, terms: string[]) => ({
  question,
  languages: ['english' as const],
  terms: terms.map((stem) => term(stem)),
});

describe('sentences are ranked as answers', () => {
  it('by how much of the question they hold', () => {
    const text = 'Rates are set yearly. The hangar was built in 1921 by the lake. It rains a lot there.';
    const { ranked, probability } = weighEvidence(ask('When was the hangar built?', ['hangar', 'built']), [
      passage(text),
    ]);
    expect(ranked[0]!.text).toBe('The hangar was built in 1921 by the lake.');
    expect(probability).toBeGreaterThan(0.4);
  });

  it('headings, questions and echoes of the question are none', () => {
    const text =
      'Start\n\nHow do I start the server?\n\nStart the server.\n\nTo start it run the command npm start.';
    const { ranked } = weighEvidence(ask('How do I start the server?', ['start', 'server']), [passage(text)]);
    expect(ranked.map((one) => one.text)).toEqual(['To start it run the command npm start.']);
  });

  it('and what speaks of something else is hardly one', () => {
    const { probability } = weighEvidence(ask('What is the capital of Mongolia?', ['capit', 'mongolia']), [
      passage('The zeppelin hangar stands by the lake.', 0.1),
    ]);
    expect(probability).toBeLessThan(0.1);
    expect(weighEvidence(ask('Anything?', []), []).probability).toBe(0);
  });
});

describe('the kind of thing that is asked for', () => {
  it.each([
    ['How many dogs are there?', 'There are four dogs.', 1],
    ['How many dogs are there?', 'There are dogs.', 0],
    ['When did it open?', 'It opened in May.', 1],
    ['Who wrote it?', 'It was written by Ann Smith.', 1],
    ['Who wrote it?', 'It was written long ago.', 0],
    ['Why is it so?', 'Because of rain.', 0.5],
  ])('%j, answered by %j: %d', (question, sentence, expected) =>
    expect(answersKind(question, sentence)).toBe(expected),
  );
});
