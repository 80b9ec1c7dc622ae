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
const verify = (answer: string) => verifyAnswer(answer, asked, weighEvidence(asked, [passage]));

describe('an answer is held against what it cites', () => {
  it('the sentence that supports a claim is the quote, at its place in the document', () => {
    const { citations, confidence } = verify('The late fee fell to $8 [1].');
    expect(citations).toHaveLength(1);
    const { quote, start, end } = citations[0]!;
    expect(quote).toBe('The late fee fell from $32 to $8 for every card.');
    expect(BODY.slice(start - 100, end - 100)).toBe(quote);
    expect(confidence).toBeGreaterThan(0.2);
  });

  it('a sentence without support, a wrong number, or no citation at all lowers the confidence', () => {
    const supported = verify('The late fee fell to $8 [1].').confidence;
    expect(
      verify('The late fee fell to $8 [1]. Customers in Ohio rejoiced greatly [1].').confidence,
    ).toBeLessThan(supported);
    expect(verify('The late fee fell to $9 [1].').confidence).toBeLessThan(supported);
    expect(verify('The late fee fell to $8.').confidence).toBe(0);
  });

  it('a marker behind the full stop belongs to the sentence before it', () => {
    expect(verify('The late fee fell to $8. [1]').confidence).toBe(
      verify('The late fee fell to $8 [1].').confidence,
    );
  });

  it('an answer without any claim has no confidence', () => {
    expect(verify('')).toEqual({ citations: [], confidence: 0 });
  });
});
