import { expect, test } from '@jest/globals';
import { masked, MASKED, redacted } from '../../../../src/guardrails/pii/placeholders.ts';
import { replaceEntities } from '../../../../src/guardrails/pii/replace-entities.ts';
import { PII_TYPES } from '../../../../src/guardrails/verdict.ts';

test('a placeholder names the type, as the contract says', () => {
  expect(PII_TYPES.map(redacted).join(' ')).toBe(
    '[PERSON] [EMAIL] [PHONE_NUMBER] [SSN] [CREDIT_CARD] [IP_ADDRESS] [DATE_OF_BIRTH] [PASSPORT] [DRIVER_LICENSE] [BANK_ACCOUNT] [ADDRESS]',
  );
  expect([masked('EMAIL', 1), masked('PHONE', 12)]).toEqual(['[EMAIL_1]', '[PHONE_NUMBER_12]']);
});

test.each(PII_TYPES)('a masked %s is known again in a text', (type) => {
  const placeholder = masked(type, 999_999);
  expect(`a ${placeholder}, b${placeholder}c`.match(MASKED)).toEqual([placeholder, placeholder]);
  expect(redacted(type).match(MASKED)).toBeNull();
});

test('entities are replaced in their places, and all else stays', () => {
  const text = 'Ann, bob@example.com; Eve';
  const entity = (type: 'PERSON' | 'EMAIL', start: number, end: number) => ({
    type,
    start,
    end,
    value: text.slice(start, end),
    score: 1,
  });
  const entities = [entity('PERSON', 0, 3), entity('EMAIL', 5, 20), entity('PERSON', 22, 25)];
  expect(replaceEntities(text, entities, ({ type, value }) => `<${type}:${value.length}>`)).toBe(
    '<PERSON:3>, <EMAIL:15>; <PERSON:3>',
  );
  expect(replaceEntities(text, [], () => 'x')).toBe(text);
});
