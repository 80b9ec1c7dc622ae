import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openTail } from '../../../../src/guardrails/output/open-tail.ts';
import { createOutputGate, type OutputPii } from '../../../../src/guardrails/output/output-gate.ts';
import { createMaskingVault } from '../../../../src/guardrails/pii/masking-vault.ts';
import { redacted } from '../../../../src/guardrails/pii/placeholders.ts';
import { replaceEntities } from '../../../../src/guardrails/pii/replace-entities.ts';
import { inTwo, patternScanner, piecesOf, runGate, SEED } from './run-gate.ts';

/** Of values that need what stands before them, what comes behind them, or several words. */
const scan = patternScanner({
  EMAIL: /[\w.]{1,20}@[\w.]{1,20}\w/g,
  DATE_OF_BIRTH: /(?<=born [a-z ]{0,20})\d{4}/g,
  PASSPORT: /\d{6}(?=[a-z ]{0,30} passport)/g,
  PERSON: /(?<![A-Z][a-z]{1,7} )[A-Z][a-z]{1,7} [A-Z][a-z]{1,7}/g,
});
const locality = { left: 30, right: 40, longest: 45 };
const PARTS = [
  'ada@x.org', 'Ada', 'Byron', '.', ', ', ' ', ' ', ' ', '\n', 'born ', 'in ', '1815', '123456', ' is a passport', 'x', '@', 'word ',
  '[EMAIL_1]', '[EMAIL_2]', '[EMAIL_9]', '[EMAIL', '_1]', '[', 'é', '😀', '\u200b', 'me@home.org',
]; // prettier-ignore

function vault() {
  const values = createMaskingVault();
  values.placeholder('EMAIL', 'me@home.org', 'caller');
  values.placeholder('EMAIL', 'boss@corp.org', 'document');
  return values;
}

function gate(pii: Partial<OutputPii> = {}) {
  return createOutputGate({ pii: { scan, locality, action: 'redact', vault: vault(), ...pii } });
}

function redactedWhole(text: string): string {
  return replaceEntities(
    text,
    scan(text).entities.filter(({ value }) => value !== 'me@home.org'),
    ({ type }) => redacted(type),
  )
    .replaceAll('[EMAIL_1]', 'me@home.org')
    .replaceAll('[EMAIL_2]', '[EMAIL]');
}

describe('personal data in an answer', () => {
  it('is redacted as in the whole text, for any scanner that keeps to its locality', () => {
    fc.assert(
      fc.property(piecesOf(PARTS), ({ text, pieces }) => {
        expect(runGate(gate({ openFrom: () => 0 }), pieces).text).toBe(redactedWhole(text));
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  it('comes out the same however the text is cut, whatever the scanner finds', () => {
    // Finds nothing but in a window of an odd length: as far from local as can be.
    const fickle = (text: string) => (text.length % 2 === 1 ? scan(text) : { entities: [] });
    fc.assert(
      fc.property(piecesOf(PARTS), ({ text, pieces }) => {
        const passed = runGate(gate({ scan: fickle }), pieces).text;
        expect(passed).toBe(runGate(gate({ scan: fickle }), [text]).text);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  const answer =
    'Write to Ada Byron, who was born in 1815, at ada@lovelace.example or to [EMAIL_1], not to [EMAIL_2] or [EMAIL_7].';
  const expected =
    'Write to [PERSON], who was born in [DATE_OF_BIRTH], at [EMAIL] or to me@home.org, not to [EMAIL] or [EMAIL_7].';

  it.each([['two pieces', inTwo(answer)], ['single characters', [Array.from(answer)]]])(
    'never shows in what came out of %s',
    (_, cuts) => {
      for (const pieces of cuts) {
        const { text, prefixes } = runGate(gate(), pieces);
        expect(text).toBe(expected);
        for (const prefix of prefixes) expect(expected.startsWith(prefix)).toBe(true);
      }
    },
  ); // prettier-ignore

  it('is counted by its type', () => {
    const counted = gate();
    runGate(counted, [answer]);
    expect([...counted.redactions].sort()).toEqual(['DATE_OF_BIRTH', 'EMAIL', 'EMAIL', 'PERSON']);
  });

  it('goes out where the caller sent it, in whatever case', () =>
    expect(runGate(gate(), ['Yes, Me@Home.org is yours.']).text).toBe('Yes, Me@Home.org is yours.'));

  it('goes out where it is allowed, masked or not', () => {
    const isAllowed = (value: string) => value.endsWith('.org');
    expect(runGate(gate({ isAllowed }), ['Ask help@x.org or [EMAIL_2].']).text).toBe(
      'Ask help@x.org or boss@corp.org.',
    );
  });

  it('stops the answer where that is the policy, and tells its type alone', () => {
    const passed = runGate(gate({ action: 'block' }), [
      'Nothing yet. ',
      'Then ada@lovelace.example appears.',
    ]);
    expect(passed.blocked).toBe('The answer was stopped: pii, EMAIL.');
    expect(passed.text).not.toContain('lovelace');
  });

  it('is put back, and nothing is looked for, where the policy is off', () =>
    expect(runGate(gate({ action: 'off' }), ['ada@x.org, [EMA', 'IL_2], [EMAIL_1', ']']).text).toBe(
      'ada@x.org, boss@corp.org, me@home.org',
    ));

  it('is redacted beside a placeholder that the scanner takes for a part of it', () => {
    const greedy = patternScanner({ ADDRESS: /\d+ Elm St, \[EMAIL_1\], [A-Z][a-z]+/g });
    expect(runGate(gate({ scan: greedy }), ['At 12 Elm St, [EMAIL_1], London now']).text).toBe(
      'At [ADDRESS]me@home.org[ADDRESS] now',
    );
  });

  it('is redacted as far as it has not gone out, where a finding comes too late', () => {
    const late = patternScanner({ ADDRESS: /(?<=a b c )d e f g h i j k l m n/g });
    const passed = runGate(
      gate({ scan: late, openFrom: openTail }),
      Array.from('a b c d e f g h i j k l m n and more'),
    );
    expect(passed.text).toMatch(/^a b c [d-m ]+ \[ADDRESS\] and more$/);
  });

  it('waits for no more than may still become some', () => {
    const held = gate({ openFrom: openTail });
    expect(held.push('a quick brown fox jumps over the lazy dog ')).toBe('a quick brown fox ');
    expect(held.push('and is happy ever after, says Ada ')).toContain('jumps over the ');
    expect(held.end()).toMatch(/Ada $/);
  });

  it('never leaves half a character at the end of what comes out', () => {
    const { prefixes } = runGate(
      gate(),
      Array.from({ length: 400 }, (_, at) => '😀'[at % 2]!),
    );
    for (const prefix of prefixes) expect(prefix.isWellFormed()).toBe(true);
    expect(prefixes.at(-1)).toBe('😀'.repeat(200));
  });
});
