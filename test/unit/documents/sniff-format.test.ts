import { describe, expect, it } from '@jest/globals';
import { sniffFormat } from '../../../src/documents/sniff-format.ts';
import { makeDocx } from './make-docx.ts';
import { makeZip } from './make-zip.ts';

const PDF = Buffer.from('%PDF-1.7\n');
const HTML = Buffer.from('<!doctype html><title>x</title>');
const TEXT = Buffer.from('Just some words.');
const PNG = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
const OLE = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]);
const ENCRYPTED = Buffer.concat([OLE, Buffer.from('EncryptedPackage', 'utf16le')]);
const DOCX = makeDocx('');
const XLSX = makeZip([{ name: 'xl/workbook.xml', data: '' }]);
const EXE = Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1');

describe('the format of a file', () => {
  it.each([
    ['a.pdf', undefined, PDF, 'pdf'],
    ['REPORT.DOCX', undefined, DOCX, 'docx'],
    ['a.htm', 'text/plain', HTML, 'html'],
    ['a.md', 'application/octet-stream', HTML, 'markdown'],
    ['a.csv', 'application/vnd.ms-excel', TEXT, 'csv'],
    ['a.jsonl', undefined, TEXT, 'json'],
    ['a.txt', 'application/pdf', TEXT, 'text'],
    ['printed.pdf', undefined, Buffer.concat([Buffer.from('\x1b%-12345X@PJL\0\n'), PDF]), 'pdf'],
  ])('%s (declared %s) is told by its extension', (filename, mediaType, bytes, format) => {
    expect(sniffFormat({ bytes, filename, ...(mediaType && { mediaType }) })).toBe(format);
  });

  it.each([
    ['text/markdown; charset=utf-8', TEXT, 'markdown'],
    ['Text/HTML', TEXT, 'html'],
    ['application/pdf', PDF, 'pdf'],
  ])('without an extension, %s counts', (mediaType, bytes, format) => {
    expect(sniffFormat({ bytes, mediaType })).toBe(format);
  });

  it.each([
    [PDF, 'pdf'],
    [DOCX, 'docx'],
    [HTML, 'html'],
    [TEXT, 'text'],
    [Buffer.from('\ufeffhallo', 'utf16le'), 'text'],
  ])('without either, the bytes count', (bytes, format) => {
    expect(sniffFormat({ bytes, filename: 'README', mediaType: 'application/octet-stream' })).toBe(format);
  });

  it.each([
    ['a.png', PNG],
    ['a.exe', EXE],
    ['a.zip', DOCX],
    ['a.doc', OLE],
    ['a.xlsx', XLSX],
    ['a.py', TEXT],
    [undefined, PNG],
    [undefined, XLSX],
    [undefined, OLE],
    [undefined, EXE],
  ])('%s is not supported', (filename, bytes) => {
    expect(() => sniffFormat({ bytes, ...(filename && { filename }) })).toThrow(
      expect.objectContaining({ code: 'unsupported_media_type' }),
    );
  });

  it('does not support a declared image, whatever it holds', () => {
    expect(() => sniffFormat({ bytes: TEXT, mediaType: 'image/png' })).toThrow(
      expect.objectContaining({ code: 'unsupported_media_type' }),
    );
  });

  it.each([
    ['a.pdf', HTML, 'named as PDF, but its content is HTML'],
    ['a.pdf', TEXT, 'but its content is plain text'],
    ['a.docx', PDF, 'but its content is PDF'],
    ['a.docx', XLSX, 'but its content is an Excel workbook'],
    ['a.docx', OLE, 'but its content is an old Office file'],
    ['a.docx', ENCRYPTED, 'is password-protected: remove the password'],
    ['a.txt', PDF, 'but its content is PDF'],
    ['a.html', PNG, 'but its content is an image'],
    ['a.csv', DOCX, 'but its content is a Word document'],
    ['a.csv', HTML, 'but its content is HTML'],
    ['a.json', EXE, 'but its content is binary data'],
    ['a.md', Buffer.from('{\\rtf1 hello}'), 'but its content is binary data'],
  ])('%s must not contradict its bytes: %#', (filename, bytes, detail) => {
    expect(() => sniffFormat({ bytes, filename })).toThrow(
      expect.objectContaining({ code: 'unprocessable_document', message: expect.stringContaining(detail) }),
    );
  });

  it('checks a declared type as well', () => {
    expect(() => sniffFormat({ bytes: HTML, mediaType: 'application/pdf' })).toThrow(
      'The file is declared as PDF',
    );
  });

  it('shows at most 100 characters of a name, and no control characters', () => {
    const filename = `\u202e\x1b[31m${'n'.repeat(500)}.pdf`;
    expect(() => sniffFormat({ bytes: TEXT, filename })).toThrow(/^\[31mn{96} is named as PDF/);
  });
});
