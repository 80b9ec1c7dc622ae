import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PARSE_LIMITS } from '../../../../src/documents/parse-limits.ts';
import { parseText } from '../../../../src/documents/parsers/text.ts';
import { expectSoundBlocks, renderBlocks } from '../render-blocks.ts';

async function blocksOf(text: string): Promise<string[]> {
  const document = await parseText(Buffer.from(text), DEFAULT_PARSE_LIMITS);
  expectSoundBlocks(document);
  return renderBlocks(document);
}

describe('a plain text file', () => {
  it('is parted by blank lines', async () => {
    expect(await blocksOf('one\r\n\r\n \r\ntwo\n\n\nthree')).toEqual([
      'paragraph one',
      'paragraph two',
      'paragraph three',
    ]);
  });

  it('stays as it was written, line by line', async () => {
    const address = 'Ann Smith\n1 High Street\nUlm';
    expect(await blocksOf(address)).toEqual([`paragraph ${address}`]);
  });

  it('finds list items, table rows and fenced code', async () => {
    expect(await blocksOf('Buy:\n- milk\n  and cream\n- bread\n2) eggs')).toEqual([
      'paragraph Buy:',
      'list_item - milk\n  and cream',
      'list_item - bread',
      'list_item 2) eggs',
    ]);
    expect(await blocksOf('| a | b |\n| 1 | 2 |\n\n```\n# no heading\n\nx = 1\n```')).toEqual([
      'table_row | a | b |',
      'table_row | 1 | 2 |',
      'code ```\n# no heading\n\nx = 1\n```',
    ]);
  });

  it.each([
    ['# Title', 'heading1 # Title'],
    ['== Wiki ==', 'heading2 == Wiki =='],
    ['Title\n=====', 'heading1 Title\n====='],
    ['Part\n----', 'heading2 Part\n----'],
    ['2.3 Scope of work', 'heading2 2.3 Scope of work'],
    ['CHAPTER ONE', 'heading1 CHAPTER ONE'],
    ['Appendix B', 'heading1 Appendix B'],
  ])('takes %j for a heading', async (text, block) => {
    expect((await blocksOf(`${text}\n\nBody.`))[0]).toBe(block);
  });

  it.each(['Hello there', 'OK', 'I WILL NOT.', '12 monkeys', '2024', '日本語の文章'])(
    'does not take %j for one',
    async (text) => {
      expect(await blocksOf(`${text}\n\nBody.`)).toContain(`paragraph ${text}`);
    },
  );
});
