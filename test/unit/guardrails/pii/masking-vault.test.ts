import { describe, expect, it } from '@jest/globals';
import { createMaskingVault } from '../../../../src/guardrails/pii/masking-vault.ts';

describe('a masking vault', () => {
  it('gives a value always the same placeholder, and another value another one', () => {
    const vault = createMaskingVault();
    expect(vault.placeholder('EMAIL', 'ann@example.com', 'caller')).toBe('[EMAIL_1]');
    expect(vault.placeholder('EMAIL', 'bob@example.com', 'caller')).toBe('[EMAIL_2]');
    expect(vault.placeholder('EMAIL', 'ann@example.com', 'caller')).toBe('[EMAIL_1]');
  });

  it('counts each type by itself', () => {
    const vault = createMaskingVault();
    vault.placeholder('EMAIL', 'ann@example.com', 'caller');
    expect(vault.placeholder('PHONE', '555-867-5309', 'caller')).toBe('[PHONE_NUMBER_1]');
    expect(vault.placeholder('PERSON', '555-867-5309', 'caller')).toBe('[PERSON_1]');
  });

  it('tells what a placeholder stands for', () => {
    const vault = createMaskingVault();
    const placeholder = vault.placeholder('PERSON', 'Ann Lee', 'document');
    expect(vault.lookup(placeholder)).toEqual({ type: 'PERSON', value: 'Ann Lee', origin: 'document' });
    expect(vault.lookup('[PERSON_2]')).toBeUndefined();
  });

  it('keeps what the caller wrote apart by case, so that it comes back as it was', () => {
    const vault = createMaskingVault();
    const one = vault.placeholder('PERSON', 'Ann', 'caller');
    const other = vault.placeholder('PERSON', 'ANN', 'caller');
    expect([vault.lookup(one)?.value, vault.lookup(other)?.value]).toEqual(['Ann', 'ANN']);
  });

  it("takes a document's value for the caller's, however it is written", () => {
    const vault = createMaskingVault();
    const placeholder = vault.placeholder('EMAIL', 'Ann@Example.com', 'caller');
    expect(vault.placeholder('EMAIL', 'ann@example.com', 'document')).toBe(placeholder);
    expect(vault.lookup(placeholder)?.origin).toBe('caller');
  });

  it("makes a document's value the caller's once the caller writes it", () => {
    const vault = createMaskingVault();
    const placeholder = vault.placeholder('EMAIL', 'ann@example.com', 'document');
    expect(vault.isCallers('EMAIL', 'ann@example.com')).toBe(false);
    expect(vault.placeholder('EMAIL', 'ann@example.com', 'caller')).toBe(placeholder);
    expect(vault.lookup(placeholder)?.origin).toBe('caller');
    expect(vault.isCallers('EMAIL', 'ANN@example.com')).toBe(true);
    expect(vault.placeholder('EMAIL', 'Ann@Example.com', 'document')).toBe(placeholder);
  });

  it('knows a value of the caller in another form, and as of no other type', () => {
    const vault = createMaskingVault();
    vault.hear([
      { type: 'PERSON', value: 'Mary Shelley' },
      { type: 'SSN', value: '536-22-8141' },
      { type: 'EMAIL', value: 'j.doe@example.com' },
    ]);
    const names = ['Shelley', 'MARY SHELLEY', 'SHELLEY, Mary', '**Mary** Shelley', 'Shell', 'Percy Shelley'];
    expect(names.map((name) => vault.isCallers('PERSON', name))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(
      ['536 22 8141', '536-**22**-8141', '536-22-8142'].map((one) => vault.isCallers('SSN', one)),
    ).toEqual([true, true, false]);
    expect(vault.isCallers('PHONE', '536-22-8141')).toBe(false);
    expect(['j.doe@example.com', 'doe@example.com'].map((one) => vault.isCallers('EMAIL', one))).toEqual([
      true,
      false,
    ]);
  });

  it('takes a name that is a list for as many as it may hold', () => {
    const vault = createMaskingVault();
    vault.hear([
      { type: 'PERSON', value: Array.from({ length: 31 }, (_, place) => `Ann${place}`).join(' ') },
    ]);
    expect(vault.isCallers('PERSON', 'Ann1')).toBe(false);
  });

  it('never gives out a placeholder that somebody typed', () => {
    const vault = createMaskingVault();
    vault.reserve('Send [EMAIL_1] and [EMAIL_3] to [PHONE_NUMBER_1].');
    const given = ['a', 'b', 'c'].map((name) => vault.placeholder('EMAIL', `${name}@example.com`, 'caller'));
    expect(given).toEqual(['[EMAIL_2]', '[EMAIL_4]', '[EMAIL_5]']);
    expect(vault.placeholder('PHONE', '555-867-5309', 'caller')).toBe('[PHONE_NUMBER_2]');
    expect(vault.lookup('[EMAIL_1]')).toBeUndefined();
  });

  it('knows nothing of another vault', () => {
    const placeholder = createMaskingVault().placeholder('EMAIL', 'ann@example.com', 'caller');
    expect(createMaskingVault().lookup(placeholder)).toBeUndefined();
  });
});
