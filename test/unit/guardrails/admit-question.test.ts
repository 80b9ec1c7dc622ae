import { describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../../src/config/load.ts';
import { createGuardrails } from '../../../src/guardrails/guardrails.ts';

const EMAIL = 'ann.smith@mail.example';
const QUESTION = `When does ${EMAIL} get the refund for ${EMAIL}?`;
const admit = (question: string, env: Record<string, string> = {}) =>
  createGuardrails(parseSettings(env)).admit(question);

describe('a question that goes on', () => {
  test('is masked for whoever reads it outside, and as it was for retrieval', async () => {
    const { text, plain, vault, report } = await admit(QUESTION);
    expect(text).toBe('When does [EMAIL_1] get the refund for [EMAIL_1]?');
    expect(plain).toBe(QUESTION);
    expect(vault.lookup('[EMAIL_1]')).toMatchObject({ value: EMAIL, origin: 'caller' });
    expect(report).toEqual({ redactions: [{ type: 'EMAIL', count: 2, where: 'input' }], flags: [] });
  });

  test('redacted for good, it is nowhere any more', async () => {
    const admitted = await admit(QUESTION, { PII_ACTION: 'redact' });
    expect(admitted.text).toBe('When does [EMAIL] get the refund for [EMAIL]?');
    expect(admitted.plain).not.toContain(EMAIL);
    expect(admitted.vault.isCallers(EMAIL)).toBe(false);
  });

  test('keeps placeholders that somebody typed apart from its own', async () => {
    const { text, vault } = await admit(`Is [EMAIL_1] the same as ${EMAIL}?`);
    expect(text).toBe('Is [EMAIL_1] the same as [EMAIL_2]?');
    expect(vault.lookup('[EMAIL_1]')).toBeUndefined();
  });

  test('is left alone where the policy is off', async () => {
    expect(await admit(QUESTION, { PII_ACTION: 'off' })).toMatchObject({
      text: QUESTION,
      report: { redactions: [] },
    });
  });
});

test('a refusal names what it refuses, and quotes nothing', async () => {
  await expect(admit(QUESTION, { PII_ACTION: 'block' })).rejects.toMatchObject({
    code: 'pii_blocked',
    message: 'The question holds personal data (EMAIL): leave it out.',
  });
});
