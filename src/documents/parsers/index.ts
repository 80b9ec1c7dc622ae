import type { DocumentFormat, ExtractedDocument } from '../document.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { parseCsv } from './csv.ts';
import { parseDocx } from './docx.ts';
import { parseHtml } from './html.ts';
import { parseJson } from './json.ts';
import { parseMarkdown } from './markdown.ts';
import { parsePdf } from './pdf.ts';
import { parseText } from './text.ts';

/**
 * Turns the bytes of one format into text. May throw anything on hostile input and may run for ever: call it by way of
 * the parse pool.
 */
export type Parser = (bytes: Uint8Array, limits: ParseLimits) => Promise<ExtractedDocument>;

export const parsers = {
  pdf: parsePdf,
  docx: parseDocx,
  html: parseHtml,
  markdown: parseMarkdown,
  csv: parseCsv,
  json: parseJson,
  text: parseText,
} satisfies Record<DocumentFormat, Parser>;
