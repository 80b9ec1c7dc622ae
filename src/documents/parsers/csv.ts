import { AppError } from '../../errors/app-error.ts';
import { cleanProse } from '../clean-text.ts';
import { decodeText } from '../decode-text.ts';
import type { ExtractedDocument } from '../document.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { createTextBuilder } from '../text-builder.ts';
import { renderRow } from './table-row.ts';

const MAX_ROWS = 500_000;

/**
 * Reads a table with any usual delimiter. Under a header row each row becomes `Name: Ann; Age: 7`; without one its
 * cells are joined by ` | `. Rows may be longer or shorter than the header.
 */
export async function parseCsv(bytes: Uint8Array, limits: ParseLimits): Promise<ExtractedDocument> {
  const { default: papa } = await import('papaparse');
  const builder = createTextBuilder(limits);
  let first: string[] | undefined;
  let headers: string[] = [];
  let rows = 0;

  papa.parse<string[]>(decodeText(bytes), {
    skipEmptyLines: 'greedy',
    step: ({ data }) => {
      const cells = data.map(cleanProse);
      if (++rows > MAX_ROWS) throw new AppError('too_large', `The table has more than ${MAX_ROWS} rows.`);
      if (first === undefined) {
        first = cells;
        if (looksLikeHeader(cells)) headers = cells;
        else builder.add('table_row', cells.filter(Boolean).join(' | '));
        return;
      }
      builder.add('table_row', renderRow(cells, headers, headers.length > 0 ? '; ' : ' | '));
    },
  });
  // A header with nothing below it is all the text there is.
  if (rows === 1 && headers.length > 0) builder.add('table_row', headers.join(' | '));
  return builder.build('csv');
}

/** Headers are words: a number, date or address in the first row means that it holds data. */
function looksLikeHeader(cells: string[]): boolean {
  const named = cells.filter((cell) => cell !== '');
  return (
    named.length > 0 && !named.some((cell) => /^[-+\d.,:/%$€£ ]+$|@|^https?:/.test(cell) || cell.length > 200)
  );
}
