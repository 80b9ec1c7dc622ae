import { describe, expect, it } from '@jest/globals';
import { decodeText } from '../../../src/documents/decode-text.ts';

describe('the encoding of a text file', () => {
  it.each([
    ['UTF-8', Buffer.from('Grüße, 世界')],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffGrüße, 世界')],
    ['UTF-16, little end first', Buffer.from('\ufeffGrüße, 世界', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\ufeffGrüße, 世界', 'utf16le').swap16()],
  ])('is found to be %s', (_, bytes) => {
    expect(decodeText(bytes)).toBe('Grüße, 世界');
  });

  it('falls back to windows-1252', () => {
    expect(decodeText(Buffer.from('Gr\xfc\xdfe \x80 5', 'latin1'))).toBe('Grüße € 5');
  });

  it('believes what the file declares where it is no UTF-8', () => {
    expect(decodeText(Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]), 'windows-1251')).toBe('Привет');
    expect(decodeText(Buffer.from('\xfc', 'latin1'), 'no-such-encoding')).toBe('ü');
  });

  it('refuses binary data', () => {
    expect(() => decodeText(Buffer.from([0x41, 0, 0x42]))).toThrow('binary data');
    expect(() => decodeText(Buffer.alloc(1000, 1))).toThrow('binary data');
  });
});
