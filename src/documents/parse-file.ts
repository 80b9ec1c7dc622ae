import { AppError } from '../errors/app-error.ts';
import type { ExtractedDocument, UploadedFile } from './document.ts';
import type { ParseLimits } from './parse-limits.ts';
import { parsers } from './parsers/index.ts';
import { sniffFormat } from './sniff-format.ts';

/**
 * Turns a file of any supported format into text, in this process and without a limit on time or memory: for files from
 * outside, use the parse pool.
 * @throws AppError `unsupported_media_type`, `too_large`, or `unprocessable_document` for everything that is wrong with
 *   the file itself
 */
export async function parseFile(file: UploadedFile, limits: ParseLimits): Promise<ExtractedDocument> {
  if (file.bytes.length === 0) throw new AppError('unprocessable_document', 'The file is empty.');
  const format = sniffFormat(file);
  const document = await parsers[format](file.bytes, limits).catch(explain);
  if (document.blocks.length === 0)
    throw new AppError('unprocessable_document', 'The document holds no text.');
  return document;
}

function explain(error: unknown): never {
  if (error instanceof AppError) throw error;
  const reason =
    error instanceof RangeError
      ? 'too complex to be read: it may be nested too deeply'
      : 'damaged and cannot be read';
  throw new AppError('unprocessable_document', `The document is ${reason}.`, { cause: error });
}
