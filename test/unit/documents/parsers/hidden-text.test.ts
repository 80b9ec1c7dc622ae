import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PARSE_LIMITS } from '../../../../src/documents/parse-limits.ts';
import { parseDocx } from '../../../../src/documents/parsers/docx.ts';
import { parseHtml } from '../../../../src/documents/parsers/html.ts';
import { parseMarkdown } from '../../../../src/documents/parsers/markdown.ts';
import { parsePdf } from '../../../../src/documents/parsers/pdf.ts';
import { makeDocx, paragraphXml } from '../make-docx.ts';
import { pdfAround } from '../make-pdf.ts';

const html = async (page: string) => await parseHtml(Buffer.from(page), DEFAULT_PARSE_LIMITS);

describe('a page hides', () => {
  it.each([
    ['hidden_text', '<p style="visibility: hidden">secret</p>'],
    ['hidden_text', '<p style="opacity:0">secret</p>'],
    ['hidden_text', '<p style="position:absolute; left:-9999px">secret</p>'],
    ['hidden_text', '<p style="text-indent:-9999px">secret</p>'],
    ['hidden_text', '<div hidden><b>secret</b></div>'],
    ['hidden_text', '<style>.far { position: absolute; top: -2000px }</style><p class="far">secret</p>'],
    ['tiny_text', '<p style="font-size:0">secret</p>'],
    ['tiny_text', '<span style="font-size: 1px">secret</span>'],
    ['white_text', '<p style="color:#fff">secret</p>'],
    ['white_text', '<p style="color: rgb(255, 255, 255)">secret</p>'],
    ['white_text', '<div style="background:#222"><p style="color:#232323">secret</p></div>'],
    ['white_text', '<style>.pale { color: white }</style><p class="pale">secret</p>'],
    ['white_text', '<font color="white">secret</font>'],
    ['comment', '<!-- secret -->'],
  ])('%s: %s', async (kind, hiding) => {
    const { text, hidden } = await html(`<h1>Fees</h1>${hiding}<p>Eight dollars.</p>`);
    expect(text).toBe('Fees\n\nEight dollars.');
    expect(hidden).toEqual([{ kind, text: 'secret' }]);
  });

  it('words in attributes, where they are long enough to say something, and data URLs', async () => {
    const { hidden } = await html(
      '<meta name="description" content="All the fees of the library"><p>Fees</p><img alt="logo" title="A long title of four words"><a href="data:text/html,hello">x</a>',
    );
    expect(hidden).toEqual([
      { kind: 'hidden_text', text: 'All the fees of the library' },
      { kind: 'hidden_text', text: 'A long title of four words' },
      { kind: 'data_url', text: 'data:text/html,hello' },
    ]);
  });

  it.each([
    '<div style="background:#113355; color:white"><p>Shown</p></div>',
    '<link rel="stylesheet" href="dark.css"><p style="color:white">Shown</p>',
    '<div style="font-size:0"><p style="font-size:16px">Shown</p></div>',
    '<style>.tab { display: none } @media print { p { font-size: 0 } }</style><p class="tab">Shown</p>',
    '<p style="color:#eee8; margin-left:-12px">Shown</p>',
    '<table bgcolor="#000000"><tr><td style="color:#ffffff">Shown</td></tr></table>',
  ])('nothing that a reader may see: %s', async (page) => {
    const { text, hidden } = await html(page);
    expect(text).toBe('Shown');
    expect(hidden).toBeUndefined();
  });

  it('no more than is worth looking through', async () => {
    const page = Array.from({ length: 200 }, (_, at) => `<p hidden>${at} ${'x'.repeat(10_000)}</p>`);
    const { hidden } = await html(`<p>Fees</p>${page.join('')}`);
    expect(JSON.stringify(hidden).length).toBeLessThan(250_000);
  });
});

it('Markdown hides comments', async () => {
  const { text, hidden } = await parseMarkdown(Buffer.from('# Fees\n\n<!-- secret -->\n\nEight.'), DEFAULT_PARSE_LIMITS);
  expect(text).toBe('Fees\n\nEight.');
  expect(hidden).toEqual([{ kind: 'comment', text: 'secret' }]);
}); // prettier-ignore

describe('a Word document hides', () => {
  const run = (text: string, properties = '') =>
    `<w:r>${properties && `<w:rPr>${properties}</w:rPr>`}<w:t>${text}</w:t></w:r>`;
  const docx = async (body: string) => await parseDocx(makeDocx(body), DEFAULT_PARSE_LIMITS);

  it.each([
    ['hidden_text', '<w:vanish/>'],
    ['white_text', '<w:color w:val="FFFFFF"/>'],
    ['tiny_text', '<w:sz w:val="2"/>'],
  ])('%s: %s', async (kind, properties) => {
    const { text, hidden } = await docx(`<w:p>${run('Eight')}${run(' sec', properties)}${run('ret &amp; more', properties)}${run(' dollars')}</w:p>`);
    expect(text).toBe('Eight dollars');
    expect(hidden).toEqual([{ kind, text: 'secret & more' }]);
  }); // prettier-ignore

  it('text by its style, and comments', async () => {
    const body = `${paragraphXml('Shown')}<w:p>${run('secret', '<w:rStyle w:val="Ghost"/>')}</w:p>`;
    const xmlns = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
    const file = makeDocx(body, [
      {
        name: 'word/styles.xml',
        data: `<w:styles ${xmlns}><w:style w:type="character" w:styleId="Ghost"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>`,
      },
      {
        name: 'word/comments.xml',
        data: `<w:comments ${xmlns}><w:comment w:id="0">${paragraphXml('remark')}</w:comment></w:comments>`,
      },
    ]);
    const { text, hidden } = await parseDocx(file, DEFAULT_PARSE_LIMITS);
    expect(text).toBe('Shown');
    expect(hidden).toEqual([
      { kind: 'comment', text: 'remark' },
      { kind: 'hidden_text', text: 'secret' },
    ]);
  });

  it.each([
    `<w:p>${run('Shown', '<w:vanish w:val="0"/>')}</w:p>`,
    `<w:p>${run('Shown', '<w:color w:val="FFFFFF"/><w:shd w:fill="000000"/>')}</w:p>`,
    `<w:tbl><w:tr><w:tc><w:p>${run('Shown', '<w:color w:val="FFFFFF"/>')}</w:p></w:tc></w:tr></w:tbl>`,
    `<w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>${run('Shown')}</w:p>`,
  ])('nothing that a reader may see: %s', async (body) => {
    const { text, hidden } = await docx(body);
    expect(text).toBe('Shown');
    expect(hidden).toBeUndefined();
  });
});

describe('a PDF hides', () => {
  const shown = 'BT /F1 12 Tf 72 700 Td (Eight dollars.) Tj ET';
  const pdf = async (...pages: string[]) => await parsePdf(pdfAround(pages), DEFAULT_PARSE_LIMITS);

  it.each([
    ['hidden_text', 'BT 3 Tr /F1 12 Tf 72 600 Td (secret) Tj ET'],
    ['white_text', 'BT 1 1 1 rg /F1 12 Tf 72 600 Td (secret) Tj ET'],
    ['white_text', 'BT 1 g /F1 12 Tf 72 600 Td (secret) Tj ET'],
    ['tiny_text', 'BT /F1 1 Tf 72 600 Td (secret) Tj ET'],
    ['tiny_text', 'q 0.1 0 0 0.1 0 0 cm BT /F1 12 Tf 720 6000 Td (secret) Tj ET Q'],
  ])('%s: %s', async (kind, hiding) => {
    const { text, hidden } = await pdf(`${shown} ${hiding}`);
    expect(text).toBe('Eight dollars.');
    expect(hidden).toEqual([{ kind, text: 'secret' }]);
  });

  it('what stands beside the page', async () => {
    const { text, hidden } = await pdf(
      `BT /F1 12 Tf 72 -600 Td (beside) Tj ET ${shown} BT 1 g /F1 12 Tf 72 600 Td (secret) Tj ET`,
    );
    expect(text).toBe('Eight dollars.');
    expect(hidden).toEqual([{ kind: 'white_text', text: 'secret' }]);
  });

  it('words in the middle of a line', async () => {
    const { text, hidden } = await pdf(
      'BT /F1 12 Tf 72 700 Td (Eight) Tj 1 g ( secret) Tj 0 g ( dollars) Tj ET',
    );
    expect(text).toBe('Eight dollars');
    expect(hidden).toEqual([{ kind: 'white_text', text: 'secret' }]);
  });

  it.each([
    ['white text on a dark box', 'q 0.1 0.2 0.4 rg 60 690 200 40 re f Q BT 1 g /F1 12 Tf 72 700 Td (Shown) Tj ET'],
    ['white text on a picture', 'q 300 0 0 300 0 600 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \u0000 EI Q BT 1 g /F1 12 Tf 72 700 Td (Shown) Tj ET'],
    ['the text behind a scanned page', 'BT 3 Tr /F1 12 Tf 72 700 Td (Shown) Tj ET'],
  ])('not %s', async (_, page) => {
    const { text, hidden } = await pdf(page);
    expect(text).toBe('Shown');
    expect(hidden).toBeUndefined();
  }); // prettier-ignore
});
