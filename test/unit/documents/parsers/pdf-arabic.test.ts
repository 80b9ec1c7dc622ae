import { describe, expect, it } from '@jest/globals';
import { mendLamAlef } from '../../../../src/documents/parsers/pdf-arabic.ts';

const drawn = (...glyphs: string[]) => glyphs.toReversed();

describe('lam and alef drawn as one glyph', () => {
  it('come out in the order they are written', () => {
    expect(mendLamAlef('خالل', drawn('خ', 'لا', 'ل'))).toBe('خلال');
    expect(mendLamAlef('اإلنتاجية', drawn('ا', 'لإ', 'ن', 'ت', 'ا', 'ج', 'ي', 'ة'))).toBe('الإنتاجية');
  });

  it('are told from an article, which is drawn as two', () => {
    expect(mendLamAlef('البرمجة', drawn('ا', 'ل', 'ب', 'ر', 'م', 'ج', 'ة'))).toBe('البرمجة');
    expect(mendLamAlef('المشكالت', drawn('ا', 'ل', 'م', 'ش', 'ك', 'لا', 'ت'))).toBe('المشكلات');
  });

  it('are not sought across words', () => {
    expect(mendLamAlef('هذا ليس خالل', drawn('ه', 'ذ', 'ا', ' ', 'ل', 'ي', 'س', ' ', 'خ', 'لا', 'ل'))).toBe(
      'هذا ليس خلال',
    );
  });

  it('stay as they are where text and glyphs do not agree', () => {
    expect(mendLamAlef('خالل', drawn('خ'))).toBe('خالل');
  });
});
