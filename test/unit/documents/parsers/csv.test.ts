import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PARSE_LIMITS } from '../../../../src/documents/parse-limits.ts';
import { parseCsv } from '../../../../src/documents/parsers/csv.ts';
import { expectSoundBlocks, renderBlocks } from '../render-blocks.ts';

async function rowsOf(csv: string): Promise<string[]> {
  const document = await parseCsv(Buffer.from(csv), DEFAULT_PARSE_LIMITS);
  expectSoundBlocks(document);
  return renderBlocks(document).map((row) => row.replace('table_row ', ''));
}

describe('a CSV file', () => {
  it.each([',', ';', '\t', '|'])('names each value by its header (delimiter %j)', async (delimiter) => {
    const csv = 'Name,Age,City\r\nAnn,7,Ulm\r\nBob,9,Bern\r\n'.replaceAll(',', delimiter);
    expect(await rowsOf(csv)).toEqual(['Name: Ann; Age: 7; City: Ulm', 'Name: Bob; Age: 9; City: Bern']);
  });

  it('survives quotes, line breaks in cells, and rows of any length', async () => {
    expect(await rowsOf('A,B\n"say ""hi"", now","two\nlines"\nshort\n1,2,3\n\n,x\n')).toEqual([
      'A: say "hi", now; B: two lines',
      'A: short',
      'A: 1; B: 2; 3',
      'B: x',
    ]);
  });

  it('has no header where the first row holds data', async () => {
    expect(await rowsOf('Ann,7\nBob,9\n')).toEqual(['Ann | 7', 'Bob | 9']);
  });

  it('is its header where there is nothing else', async () => {
    expect(await rowsOf('Name,Age\n')).toEqual(['Name | Age']);
  });

  it('survives a quote that never ends', async () => {
    expect((await rowsOf('A,B\n1,"open\n2,3\n')).join()).toContain('open');
  });
});
