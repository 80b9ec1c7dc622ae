import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createOutputGate } from '../../../../src/guardrails/output/output-gate.ts';
import { createMaskingVault } from '../../../../src/guardrails/pii/masking-vault.ts';
import { inTwo, piecesOf, runGate, SEED } from './run-gate.ts';

const secrets = ['sp_canary_7f3a', 'ababc'];
const bannedPhrases = ['Project Bluebird', 'Straße', 'abd'];
const gate = () => createOutputGate({ secrets, bannedPhrases });
const SECRET = 'The answer was stopped: secret.';
const PHRASE = 'The answer was stopped: phrase.';

describe('a secret or a banned phrase in an answer', () => {
  it.each([
    ['It is sp_canary_7f3a.', SECRET],
    ['It is SP_Canary_7F3A.', SECRET],
    ['xsp_canary_7f3ax', SECRET],
    ['ｓｐ＿ｃａｎａｒｙ＿７ｆ３ａ', SECRET],
    ['sp_\u200bcan\u2060ary_7f\u{e0041}3a', SECRET],
    ['sp_\u0441\u0430nary_7f3a', SECRET],
    [`sp_${'\u200b'.repeat(5_000)}canary_7f3a`, SECRET],
    ['abababababc', SECRET],
    ['about project\n \t bluebird', PHRASE],
    ['Próject Bluebird', PHRASE],
    ['STRASSE', PHRASE],
    ['ababd', PHRASE],
    ['sp_canary_7f3', undefined],
    ['project blue bird', undefined],
  ])('%j: %s', (text, blocked) => {
    expect(runGate(gate(), [text]).blocked).toBe(blocked);
    expect(
      runGate(
        gate(),
        Array.from({ length: text.length }, (_, at) => text[at]!),
      ).blocked,
    ).toBe(blocked);
  });

  it('lets no part of it out, wherever the text is cut', () => {
    for (const pieces of inTwo('Before it: sp_canary_7f3a, after it.')) {
      const { text, blocked } = runGate(gate(), pieces);
      expect(blocked).toBe(SECRET);
      expect('Before it: '.startsWith(text)).toBe(true);
    }
  });

  it('is found in any pieces, and what is clean comes out unchanged', () => {
    const parts = ['ab', 'a', 'b', 'c', 'd', 'A', ' ', '\n', '\u200b', 'project', 'BLUEBIRD', 'sp_', 'canary', '_7f3a', '😀'];
    fc.assert(
      fc.property(piecesOf(parts), ({ text, pieces }) => {
        const folded = text.replaceAll('\u200b', '').replace(/\s+/g, ' ').toLowerCase();
        const isForbidden = ['sp_canary_7f3a', 'ababc', 'project bluebird', 'abd'].some((one) => folded.includes(one));
        const passed = runGate(gate(), pieces);
        expect(passed.blocked !== undefined).toBe(isForbidden);
        if (!isForbidden) expect(passed.text).toBe(text);
        expect(text.startsWith(passed.text)).toBe(true);
      }),
      { seed: SEED, numRuns: 5_000 },
    );
  }); // prettier-ignore

  it('is found where a value that is put back makes it', () => {
    const vault = createMaskingVault();
    vault.placeholder('PERSON', 'Bluebird', 'caller');
    const guarded = createOutputGate({
      bannedPhrases,
      pii: { scan: () => ({ entities: [] }), action: 'redact', vault },
    });
    expect(runGate(guarded, ['Project [PERSON_1] starts']).blocked).toBe(PHRASE);
  });

  it('holds back only what may be the beginning of one', () => {
    const held = gate();
    expect(held.push('Hello, sp_can')).toBe('Hello, ');
    expect(held.push('dle')).toBe('sp_candle');
  });

  it('is not made of an empty string', () =>
    expect(runGate(createOutputGate({ secrets: ['', ' \u200b'] }), ['Any text']).text).toBe('Any text'));
});

describe('a closed gate', () => {
  it('gives out nothing more, not even what it held', () => {
    const closed = gate();
    expect(runGate(closed, ['sp_canary_7f3a']).blocked).toBe(SECRET);
    expect(runGate(closed, ['harmless']).blocked).toBe(SECRET);
    expect(() => closed.end()).toThrow(SECRET);
  });

  it('was closed by a check that failed, too', () => {
    const scan = () => {
      throw new Error('no model');
    };
    const failing = createOutputGate({ pii: { scan, action: 'redact' } });
    expect(() => failing.push('Quite a few plain words that could go out at once ')).toThrow('no model');
    expect(() => failing.push('more')).toThrow('no model');
    expect(() => failing.end()).toThrow('no model');
  });
});
