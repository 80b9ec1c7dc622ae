import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PARSE_LIMITS } from '../../../../src/documents/parse-limits.ts';
import { inflateDocxParts } from '../../../../src/documents/parsers/archive-guard.ts';
import { documentXml, makeDocx, paragraphXml } from '../make-docx.ts';
import { makeZip } from '../make-zip.ts';

const GIGABYTE = 1024 ** 3;
const name = 'word/document.xml';
const inflate = (bytes: Buffer) => inflateDocxParts(bytes, DEFAULT_PARSE_LIMITS);
const refusal = (reason: string) => ({
  code: 'unprocessable_document',
  message: expect.stringContaining(reason),
});

describe('the guard before a Word document', () => {
  it('hands on the XML parts, and nothing else', async () => {
    const parts = await inflate(
      makeDocx(paragraphXml('Hello'), [
        { name: 'word/media/a.png', data: 'png' },
        { name: 'x.zip', data: 'PK' },
      ]),
    );
    expect([...parts.keys()]).toEqual(['_rels/.rels', name]);
    expect(parts.get(name)?.toString()).toBe(documentXml(paragraphXml('Hello')));
  });

  it('refuses a gigabyte of zeros in a megabyte, before unpacking it', async () => {
    const bomb = makeZip([{ name, data: Buffer.alloc(GIGABYTE) }]);
    expect(bomb.length).toBeLessThan(1.2e6);
    const before = process.memoryUsage().arrayBuffers;
    await expect(inflate(bomb)).rejects.toMatchObject(refusal('far more data than a document needs'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50e6);
  });

  it('refuses a bomb whose headers claim that it is small', async () => {
    const bomb = makeZip([{ name, data: Buffer.alloc(GIGABYTE / 4), declaredSize: 1000 }]);
    await expect(inflate(bomb)).rejects.toMatchObject(refusal('damaged'));
  });

  it('refuses a bomb that is spread over many parts', async () => {
    const part = Buffer.alloc(9 * 1024 * 1024);
    const bomb = makeZip(
      Array.from({ length: 30 }, (_, index) => ({ name: `word/${index}.xml`, data: part })),
    );
    await expect(inflate(bomb)).rejects.toMatchObject(refusal('far more data than a document needs'));
  });

  it('refuses more entries than a document has', async () => {
    const bomb = makeZip(Array.from({ length: 10_001 }, (_, index) => ({ name: `${index}`, data: '' })));
    await expect(inflate(bomb)).rejects.toMatchObject(refusal('more than 10000 entries'));
  });

  it.each([
    ['encrypted entries', makeZip([{ name, data: 'x', isEncrypted: true }]), 'remove the password'],
    ['no document in it', makeZip([{ name: 'other.xml', data: '' }]), 'no word/document.xml'],
    [
      'a part twice',
      makeZip([
        { name, data: 'a' },
        { name, data: 'b' },
      ]),
      'the same part twice',
    ],
    ['its end cut off', makeDocx(paragraphXml('Hello')).subarray(0, -30), 'damaged or incomplete'],
    ['a path out of the archive', makeZip([{ name: '../../etc/x.xml', data: '' }]), 'damaged or incomplete'],
  ])('refuses an archive with %s', async (_, bytes, reason) => {
    await expect(inflate(bytes)).rejects.toMatchObject(refusal(reason));
  });
});
