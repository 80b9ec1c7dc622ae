import zlib from 'node:zlib';

export type PdfText = { text: string; x: number; y: number; size?: number; font?: 'plain' | 'bold' };

/** A PDF of A4-like pages (600 by 800 points), each a list of texts at places counted from the lower left corner. */
export function makePdf(pages: PdfText[][]): Buffer {
  return pdfAround(
    pages.map((texts) =>
      texts
        .map(({ text, x, y, size = 12, font = 'plain' }) => {
          const escaped = text.replace(/[()\\]/g, '\\$&');
          return `BT /${font === 'bold' ? 'F2' : 'F1'} ${size} Tf ${x} ${y} Td (${escaped}) Tj ET`;
        })
        .join('\n'),
    ),
  );
}

/** A PDF whose pages draw what the given content streams say, compressed. */
export function pdfAround(contents: (string | Buffer)[]): Buffer {
  const kids = contents.map((_, index) => `${10 + 2 * index} 0 R`).join(' ');
  const parts = [
    '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n',
    `2 0 obj<</Type/Pages/Kids[${kids}]/Count ${contents.length}>>endobj\n`,
    '3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n',
    '4 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>endobj\n',
    ...contents.flatMap((content, index) => {
      const stream = zlib.deflateSync(content);
      const [page, data] = [10 + 2 * index, 11 + 2 * index];
      return [
        `${page} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents ${data} 0 R/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>>>endobj\n`,
        `${data} 0 obj<</Filter/FlateDecode/Length ${stream.length}>>stream\n`,
        stream,
        '\nendstream endobj\n',
      ];
    }),
    'trailer<</Root 1 0 R>>\n%%EOF',
  ];
  return Buffer.concat(parts.map((part) => Buffer.from(part as Buffer)));
}
