import { describe, expect, it } from '@jest/globals';
import { createOutputGate, type OutputGateOptions } from '../../../../src/guardrails/output/output-gate.ts';
import { createMaskingVault } from '../../../../src/guardrails/pii/masking-vault.ts';
import { patternScanner, runGate } from './run-gate.ts';

const jsonSchema = {
  type: 'object' as const,
  properties: { name: { type: 'string' as const }, card: { type: 'number' as const } },
  required: ['name'],
  additionalProperties: { type: 'string' as const },
};
const STRUCTURE = 'The answer was stopped: structure.';

function answered(text: string, options: OutputGateOptions = {}) {
  const vault = createMaskingVault();
  vault.placeholder('ADDRESS', '1 "Elm"\nRoad', 'caller');
  const scan = patternScanner({
    EMAIL: /\w{1,20}@\w{1,20}\.\w{1,20}/g,
    CREDIT_CARD: /\d{16}/g,
    DATE_OF_BIRTH: /(?<="born":")\d{4}/g,
  });
  const gate = createOutputGate({ jsonSchema, pii: { scan, action: 'redact', vault }, ...options });
  return runGate(gate, Array.from(text));
}

describe('an answer that must be JSON', () => {
  it('comes out at the end, in one piece', () => {
    const { text, prefixes } = answered('{ "name": "Ada" }');
    expect(text).toBe('{"name":"Ada"}');
    expect(prefixes.at(-2)).toBe('');
  });

  it.each(['{"name": "Ada"', '{"name": 1}', '{}', '{"name": "Ada", "age": 36}', 'Sure! {"name": "Ada"}', ''])(
    'is stopped where it does not fit: %j',
    (text) => expect(answered(text)).toMatchObject({ text: '', blocked: STRUCTURE }),
  );

  it('gets values back as JSON writes them', () =>
    expect(JSON.parse(answered('{"name": "[ADDRESS_1]"}').text)).toEqual({ name: '1 "Elm"\nRoad' }));

  it.each([
    ['in an escape', String.raw`{"name": "ada\u0040x.org"}`, '{"name":"[EMAIL]"}'],
    ['in a name', '{"name": "", "ada@x.org": ""}', '{"name":"","[EMAIL]":""}'],
    ['by its name', '{"name": "", "born": "1815"}', '{"name":"","born":"[DATE_OF_BIRTH]"}'],
  ])('has its personal data found %s', (_, text, expected) => expect(answered(text).text).toBe(expected));

  it('is stopped where redaction leaves no JSON', () =>
    expect(answered('{"name": "", "card": 4111111111111111}').blocked).toBe(STRUCTURE));

  it('is searched for phrases as it reads', () =>
    expect(answered(String.raw`{"name": "\u0062ad"}`, { bannedPhrases: ['bad'] }).blocked).toBe(
      'The answer was stopped: phrase.',
    ));

  it('is stopped, and fails nowhere, when it is nested beyond all bounds', () =>
    expect(answered(`${'['.repeat(100_000)}${']'.repeat(100_000)}`).blocked).toBe(STRUCTURE));
});
