import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PARSE_LIMITS } from '../../../../src/documents/parse-limits.ts';
import { parsePdf } from '../../../../src/documents/parsers/pdf.ts';
import { makePdf, pdfAround } from '../make-pdf.ts';
import type { PdfText } from '../make-pdf.ts';
import { expectSoundBlocks, renderBlocks } from '../render-blocks.ts';

async function blocksOf(pages: PdfText[][]): Promise<string[]> {
  const document = await parsePdf(makePdf(pages), DEFAULT_PARSE_LIMITS);
  expectSoundBlocks(document);
  return renderBlocks(document);
}

/** Lines of 12 points, one below the other. */
const lines = (x: number, top: number, ...texts: string[]): PdfText[] =>
  texts.map((text, index) => ({ text, x, y: top - index * 14 }));

describe('a PDF', () => {
  it('has its lines joined to paragraphs, and its words cut at line ends put together', async () => {
    expect(
      await blocksOf([
        [
          ...lines(
            72,
            700,
            'This is about the well-known extrac-',
            'tion of text, and about well-',
            'known traps.',
          ),
          ...lines(72, 620, 'Next paragraph.'),
        ],
      ]),
    ).toEqual([
      'paragraph This is about the well-known extraction of text, and about well-known traps.',
      'paragraph Next paragraph.',
    ]);
  });

  it('has headings where type is larger, or bold and alone', async () => {
    const body = 'Plain text of the body, which is longer than any heading is.';
    expect(
      await blocksOf([
        [
          { text: 'Great title', x: 72, y: 740, size: 20 },
          ...lines(72, 700, body, body),
          { text: 'A bold line', x: 72, y: 650, font: 'bold' },
          ...lines(72, 630, body),
        ],
      ]),
    ).toEqual([
      'heading1 Great title',
      `paragraph ${body} ${body}`,
      'heading2 A bold line',
      `paragraph ${body}`,
    ]);
  });

  it('is read column by column', async () => {
    const left = ['The left column goes on', 'to its end without a stop', 'and ends with'];
    const right = ['the right column, which', 'follows it to the end.'];
    expect(await blocksOf([[...lines(60, 700, ...left), ...lines(320, 700, ...right)]])).toEqual([
      `paragraph ${[...left, ...right].join(' ')}`,
    ]);
  });

  it('is read from top to bottom where its parts are stored in disorder', async () => {
    const texts = lines(
      72,
      700,
      'one',
      'two',
      'three',
      'four',
      'five',
      'six',
      'seven',
      'eight',
      'nine',
      'ten',
    );
    expect(await blocksOf([texts.toReversed()])).toEqual([
      'paragraph one two three four five six seven eight nine ten',
    ]);
  });

  it('has table rows where lines have wide gaps', async () => {
    const row = (y: number, ...cells: string[]) =>
      cells.map((text, index) => ({ text, x: 72 + index * 150, y }));
    expect(
      await blocksOf([[...row(700, 'Name', 'Age'), ...row(684, 'Ann', '7'), ...row(668, 'Bob', '9')]]),
    ).toEqual(['table_row Name | Age', 'table_row Ann | 7', 'table_row Bob | 9']);
  });

  it('loses what its pages repeat, and their numbers', async () => {
    const page = (number: number) => [
      { text: `Annual report, page ${number}`, x: 72, y: 770 },
      ...lines(72, 600, `Text of page ${number}.`),
      { text: `- ${number} -`, x: 300, y: 30 },
    ];
    expect(await blocksOf([page(1), page(2), page(3)])).toEqual([
      'paragraph Text of page 1.',
      'paragraph Text of page 2.',
      'paragraph Text of page 3.',
    ]);
  });

  it('shows nothing of what lies outside its pages', async () => {
    expect(
      await blocksOf([
        [
          { text: 'Seen.', x: 72, y: 700 },
          { text: 'Hidden order.', x: 72, y: 5000 },
        ],
      ]),
    ).toEqual(['paragraph Seen.']);
  });

  it('has a limit to its pages', async () => {
    const pdf = makePdf([[], [], []]);
    await expect(parsePdf(pdf, { ...DEFAULT_PARSE_LIMITS, maxPages: 2 })).rejects.toMatchObject({
      code: 'too_large',
    });
  });

  it('needs a text layer', async () => {
    await expect(parsePdf(pdfAround(['0 0 100 100 re f']), DEFAULT_PARSE_LIMITS)).rejects.toMatchObject({
      code: 'unprocessable_document',
      message: expect.stringContaining('OCR'),
    });
  });

  it('leaves the bytes it was given as they were', async () => {
    const bytes = new Uint8Array(makePdf([lines(72, 700, 'Text')]));
    await parsePdf(bytes, DEFAULT_PARSE_LIMITS);
    expect(bytes.length).toBeGreaterThan(100);
  });
});
