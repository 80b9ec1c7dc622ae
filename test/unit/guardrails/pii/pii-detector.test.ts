import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createMaskingVault } from '../../../../src/guardrails/pii/masking-vault.ts';
import { PiiDetector } from '../../../../src/guardrails/pii/pii-detector.ts';
import { guardText } from '../../../../src/guardrails/text/guarded-text.ts';
import { PII_TYPES } from '../../../../src/guardrails/verdict.ts';

const VALUES = [
  'ann@example.com',
  '+1 415 555 0132',
  '123-45-6789',
  '4111 1111 1111 1111',
  '192.168.0.1',
  'DE89 3704 0044 0532 0130 00',
  'ｂｏｂ＠ｅｘａｍｐｌｅ．ｃｏｍ',
  '5555\u200b555555554444',
];
const TEXT = 'Mail ann@example.com or ring +1 415 555 0132; my card is 4111 1111 1111 1111.';

describe('what the detector finds', () => {
  it('has a type, its place in the text as it was sent, the value there and a probability', () => {
    const text = '“Zoë”: mail to ann@exa\u200bmple.com';
    const [entity] = new PiiDetector({ types: ['EMAIL'] }).scan(text).entities;
    expect(entity).toEqual({
      type: 'EMAIL',
      start: 15,
      end: text.length,
      value: 'ann@exa\u200bmple.com',
      score: expect.any(Number),
    });
    expect(entity!.score).toBeGreaterThan(0.5);
    expect(entity!.score).toBeLessThanOrEqual(1);
  });

  it('is the same for a text and for one that is prepared', () => {
    const detector = new PiiDetector();
    expect(detector.scan(guardText(TEXT))).toEqual(detector.scan(TEXT));
  });

  it('is in order, apart, and where it says, whatever stands around it', () => {
    const detector = new PiiDetector();
    const piece = fc.oneof(
      fc.constantFrom(...VALUES, ' ', ', ', '\n', 'phone ', 'card '),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        let last = 0;
        for (const { type, start, end, value, score } of detector.scan(text).entities) {
          expect(PII_TYPES).toContain(type);
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(text.slice(start, end)).toBe(value);
          expect(score).toBeGreaterThanOrEqual(0.3);
          expect(score).toBeLessThanOrEqual(1);
          last = end;
        }
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it('is of one type where several forms fit', () => {
    const types = (text: string) => new PiiDetector().scan(text).entities.map(({ type }) => type);
    expect(types('123-45-6789')).toEqual(['SSN']);
    expect(types('my phone is 123-45-6789 0')).not.toContain('CREDIT_CARD');
    expect(types('4111111111111111')).toEqual(['CREDIT_CARD']);
    expect(types('my bank account number is 912803456')).toEqual(['BANK_ACCOUNT']);
    expect(types('my passport number is 912803456')).toEqual(['PASSPORT']);
    expect(types('my social security number is 912803456')).toEqual(['SSN']);
  });

  it('is only of the types that are asked for', () => {
    const { entities } = new PiiDetector({ types: ['PHONE'] }).scan(TEXT);
    expect(entities.map(({ value }) => value)).toEqual(['+1 415 555 0132']);
  });

  it.each([
    ['*@example.com', true],
    ['ANN@*', true],
    ['*nn*ample*', true],
    ['ann@example.com', true],
    ['*', true],
    ['ann', false],
    ['*@example.org', false],
    ['ann@example.com*m', false],
    ['', false],
  ])('leaves out what fits %j: %s', (pattern, isAllowed) => {
    const { entities } = new PiiDetector({ allowedValues: [pattern] }).scan('To ann@example.com.');
    expect(entities).toHaveLength(isAllowed ? 0 : 1);
  });

  it('is nothing in ordinary text', () => {
    const text =
      'The server starts in 1.5 s on port 8000 (v2.10.3, 2024-01-15 10:30:00). See RFC 9457, section 3.1; 1,234,567 rows, id 10347851.';
    expect(new PiiDetector().scan(text).entities).toEqual([]);
  });
});

describe('what the detector does', () => {
  it('redacts by type', () => {
    const detector = new PiiDetector({ action: 'redact' });
    expect(detector.redact('Call me at 555-867-5309')).toBe('Call me at [PHONE_NUMBER]');
    expect(detector.redact('Nothing here.')).toBe('Nothing here.');
  });

  it('masks so that the same value has the same number, and restores', () => {
    const detector = new PiiDetector();
    const text = 'ann@example.com, bob@example.com, ann@example.com';
    const masked = detector.mask(text);
    expect(masked.text).toBe('[EMAIL_1], [EMAIL_2], [EMAIL_1]');
    expect(detector.restore(masked.text, masked.vault)).toBe(text);
    expect(detector.restore('[EMAIL_7] stays', masked.vault)).toBe('[EMAIL_7] stays');
  });

  it('numbers on with the same vault', () => {
    const detector = new PiiDetector();
    const vault = createMaskingVault();
    detector.mask('ann@example.com', vault);
    expect(detector.mask('bob@example.com ann@example.com', vault, 'document').text).toBe(
      '[EMAIL_2] [EMAIL_1]',
    );
  });

  it('brings back exactly what was masked, placeholders that were typed included', () => {
    const detector = new PiiDetector();
    const piece = fc.constantFrom(
      ...VALUES,
      ' ',
      ', ',
      '[EMAIL_1]',
      '[PHONE_NUMBER_2]',
      '\n',
      'and',
      '$&',
      '\u200b',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join(' ');
        const { text: masked, vault } = detector.mask(text);
        expect(detector.restore(masked, vault)).toBe(text);
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it.each([
    ['detect', 'allow', 'To ann@example.com'],
    ['redact', 'redact', 'To [EMAIL]'],
    ['mask', 'redact', 'To [EMAIL_1]'],
    ['block', 'block', ''],
  ] as const)('to %s gives the verdict %s and %j', (action, verdict, text) => {
    const applied = new PiiDetector({ action }).apply('To ann@example.com');
    expect(applied).toMatchObject({ verdict, text });
    expect(applied.entities).toHaveLength(1);
    expect(new PiiDetector({ action }).apply('Hello')).toMatchObject({
      verdict: 'allow',
      text: 'Hello',
      entities: [],
    });
  });
});
