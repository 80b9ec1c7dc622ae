import { describe, expect, it } from '@jest/globals';
import { weighEvidence } from '../../../src/evidence/weigh-evidence.ts';
import { verifyAnswer } from '../../../src/rag/verify-answer.ts';
import { passageOf } from '../../support/passage.ts';

const BODY =
  'Fees changed in March. The late fee fell from $32 to $8 for every card. Annual fees stay as they are.';
const passage = passageOf(BODY, { id: '11', source: 'fees.md', start: 100, score: 0.8 });
const asked = {
  question: 'What is the late fee?',
  languages: ['english' as const],
  terms: [
    { stems: ['late'], weight: 3, isKnown: true },
    { stems: ['fee'], weight: 2, isKnown: true },
  ],
};
const verify = (answer: string) => verifyAnswer(answer, asked, weighEvidence(asked, [passage]), 'default');

describe('an answer is held against what it cites', () => {
  it('the sentence that supports a claim is the quote, at its place in the document', async () => {
    const { citations, confidence } = await verify('The late fee fell to $8 [1].');
    expect(citations).toHaveLength(1);
    const { quote, start, end } = citations[0]!;
    expect(quote).toBe('The late fee fell from $32 to $8 for every card.');
    expect(BODY.slice(start - 100, end - 100)).toBe(quote);
    expect(confidence).toBeGreaterThan(0.2);
  });

  it('a sentence without support, a wrong number, or no citation at all lowers the confidence', async () => {
    const confidenceIn = async (answer: string) => (await verify(answer)).confidence;
    const supported = await confidenceIn('The late fee fell to $8 [1].');
    const beside = await confidenceIn('The late fee fell to $8 [1]. Customers in Ohio rejoiced greatly [1].');
    expect(beside).toBeLessThan(supported);
    expect(await confidenceIn('The late fee fell to $9 [1].')).toBeLessThan(supported);
    expect(await confidenceIn('The late fee fell to $8.')).toBe(0);
  });

  it('a marker behind the full stop belongs to the sentence before it', async () => {
    const behind = await verify('The late fee fell to $8. [1]');
    expect(behind.confidence).toBe((await verify('The late fee fell to $8 [1].')).confidence);
  });

  it('an answer without any claim has no confidence', async () => {
    expect(await verify('')).toEqual({ citations: [], confidence: 0 });
  });
});
