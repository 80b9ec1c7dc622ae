import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PARSE_LIMITS } from '../../../../src/documents/parse-limits.ts';
import { parseDocx } from '../../../../src/documents/parsers/docx.ts';
import { makeDocx, paragraphXml } from '../make-docx.ts';
import { expectSoundBlocks, renderBlocks } from '../render-blocks.ts';

async function blocksOf(body: string): Promise<string[]> {
  const document = await parseDocx(makeDocx(body), DEFAULT_PARSE_LIMITS);
  expectSoundBlocks(document);
  return renderBlocks(document);
}

const cellXml = (text: string) => `<w:tc>${paragraphXml(text)}</w:tc>`;
const rowXml = (cells: string[], isHeader = false) =>
  `<w:tr>${isHeader ? '<w:trPr><w:tblHeader/></w:trPr>' : ''}${cells.map(cellXml).join('')}</w:tr>`;

describe('a Word document', () => {
  it('comes out as headings and paragraphs', async () => {
    expect(
      await blocksOf(
        paragraphXml('Title', 'Heading1') +
          paragraphXml('Part', 'Heading2') +
          paragraphXml('Text &amp; more'),
      ),
    ).toEqual(['heading1 Title', 'heading2 Part', 'paragraph Text & more']);
  });

  it('has a short bold line for a heading where it uses no styles', async () => {
    const bold = '<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Mission</w:t></w:r></w:p>';
    expect(await blocksOf(bold + paragraphXml('We do.'))).toEqual(['heading2 Mission', 'paragraph We do.']);
  });

  it('names the values of a table with a header row', async () => {
    expect(await blocksOf(`<w:tbl>${rowXml(['Name', 'Age'], true)}${rowXml(['Ann', '7'])}</w:tbl>`)).toEqual([
      'table_row Name: Ann | Age: 7',
    ]);
  });

  it('may not nest without end', async () => {
    const depth = 3000;
    const nested = '<w:tbl><w:tr><w:tc>'.repeat(depth) + '</w:tc></w:tr></w:tbl>'.repeat(depth);
    await expect(blocksOf(nested)).rejects.toThrow();
  });
});
