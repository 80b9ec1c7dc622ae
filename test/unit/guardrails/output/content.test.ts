import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createOutputGate } from '../../../../src/guardrails/output/output-gate.ts';
import type { GuardedText } from '../../../../src/guardrails/text/guarded-text.ts';
import { piecesOf, runGate, SEED } from './run-gate.ts';

function judging(pattern: RegExp) {
  const judged: string[] = [];
  const content = ({ original, text }: GuardedText) => {
    judged.push(original);
    return { blocked: pattern.test(text), category: 'violence' };
  };
  return { judged, gate: createOutputGate({ content }) };
}

const BLOCKED = 'The answer was stopped: content, violence.';

describe('the content of an answer', () => {
  it('goes out sentence by sentence, once it has been judged', () => {
    const { gate } = judging(/harm/);
    expect(gate.push('One sentence. And ano')).toBe('One sentence. ');
    expect(gate.push('ther!')).toBe('');
    expect(gate.push(' A list:\nfirst')).toBe('And another! A list:\n');
    expect(gate.push(' 3.14 is one word')).toBe('');
    expect(gate.push('。次')).toBe('first 3.14 is one word。');
    expect(gate.end()).toBe('次');
  });

  it('is stopped before the sentence that is harmful', () => {
    const { gate } = judging(/harm/);
    expect(runGate(gate, ['All is well. ', 'Then comes ha', 'rm. The end.'])).toMatchObject({
      text: 'All is well. ',
      blocked: BLOCKED,
    });
  });

  it('is stopped at the end, too', () =>
    expect(runGate(judging(/harm/).gate, ['All is well. But harm'])).toMatchObject({ blocked: BLOCKED }));

  it('is judged together with what comes before', () =>
    expect(runGate(judging(/First\. Second/).gate, ['First. ', 'Second. ', 'Third.']).blocked).toBe(BLOCKED));

  it('is judged sentence by sentence too, so that no context covers it', () =>
    expect(runGate(judging(/^harm/).gate, ['A harmless sentence of some length stands here. ', 'harm.']).blocked).toBe(
      BLOCKED,
    )); // prettier-ignore

  it('is judged in parts where a sentence has no end', () => {
    const { gate, judged } = judging(/harm/);
    const text = 'word '.repeat(2_000);
    expect(runGate(gate, [text]).text).toBe(text);
    expect(Math.max(...judged.map(({ length }) => length))).toBeLessThanOrEqual(1_000);
  });

  it('comes out the same however it is cut', () => {
    const parts = [
      'word ',
      'harm',
      'less',
      '. ',
      '.',
      '?!',
      '”',
      '\n',
      '。',
      ' ',
      'x'.repeat(300),
      '😀',
      'e.g. ',
    ];
    fc.assert(
      fc.property(piecesOf(parts), ({ text, pieces }) => {
        const cut = judging(/harmless/);
        const whole = judging(/harmless/);
        const passed = runGate(cut.gate, pieces);
        expect(passed.blocked).toBe(runGate(whole.gate, [text]).blocked);
        expect(cut.judged).toEqual(whole.judged);
        expect(passed.blocked === undefined ? passed.text : text.slice(0, passed.text.length)).toBe(
          passed.blocked === undefined ? text : passed.text,
        );
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });
});
