import { describe, expect, it } from '@jest/globals';
import { openTail } from '../../../../src/guardrails/output/open-tail.ts';

describe('what of a text is still open', () => {
  it.each([
    ['', ''],
    ['hello ', 'hello '],
    ['one two three four five six seven ', 'three four five six seven '],
    ['we asked Ada and then Byron about it ', 'Ada and then Byron about it '],
    ['the card is 4111 1111 and then a few more plain words ', '4111 1111 and then a few more plain words '],
    ['he wrote to jane dot doe at example dot ', 'jane dot doe at example dot '],
    ['some plain words stand here before an answer [EMA', 'here before an answer [EMA'],
  ])('%j: %j', (text, open) => expect(text.slice(openTail(text))).toContain(open));

  it('is a few words of plain prose, however long it is', () =>
    expect(openTail('word '.repeat(1_000))).toBe(5 * 995));

  it('has a bound where everything leads on', () =>
    expect(openTail('A1 '.repeat(1_000))).toBeGreaterThanOrEqual(3_000 - 320));
});
