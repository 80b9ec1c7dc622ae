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
    expect(admitted.vault.isCallers('EMAIL', EMAIL)).toBe(false);
  });

  test('keeps placeholders that somebody typed apart from its own', async () => {
    const { text, vault } = await admit(`Is [EMAIL_1] the same as ${EMAIL}?`);
    expect(text).toBe('Is [EMAIL_1] the same as [EMAIL_2]?');
    expect(vault.lookup('[EMAIL_1]')).toBeUndefined();
  });

  const numbers = (count: number) =>
    Array.from({ length: count }, (_, place) => `536-22-${String(8141 + place)}`);

  test('holds few values that count as the caller’s own, or none of a type that was guessed', async () => {
    const few = await admit(`Which SSN is hers: ${numbers(5).join(', ')}? Mail ${EMAIL}.`);
    for (const number of numbers(5)) expect(few.vault.isCallers('SSN', number)).toBe(true);
    expect(few.vault.isCallers('SSN', numbers(6)[5]!)).toBe(false);
    const many = await admit(`Which SSN is hers: ${numbers(400).join(', ')}? Mail ${EMAIL}.`);
    for (const number of numbers(400)) expect(many.vault.isCallers('SSN', number)).toBe(false);
    expect(many.vault.isCallers('EMAIL', EMAIL)).toBe(true);
  });

  test('does not search for what was guessed, and shows no model which guess was right', async () => {
    const { plain, text, vault } = await admit(
      `Which SSN is hers: ${numbers(40).join(', ')}? Mail ${EMAIL}.`,
    );
    expect(plain).not.toContain(numbers(1)[0]);
    expect(plain).toContain(EMAIL);
    expect(text).not.toContain(vault.placeholder('SSN', numbers(1)[0]!, 'document'));
  });

  test('counts only what was recognised, as of its type', async () => {
    const dates = Array.from({ length: 372 }, (_, place) => `${(place % 31) + 1}/${(place % 12) + 1}/1980`);
    const { vault } = await admit(`When was she born? ${'Think of it. '.repeat(8)} ${dates.join(' or ')}`);
    for (const date of dates) expect(vault.isCallers('DATE_OF_BIRTH', date)).toBe(false);
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
