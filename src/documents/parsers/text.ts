import { cleanCode } from '../clean-text.ts';
import { decodeText } from '../decode-text.ts';
import type { ExtractedDocument } from '../document.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { findBlocks } from '../plain-text.ts';
import { refuseLongText } from '../text-builder.ts';

/** Reads plain text: it stays as it was written, line by line, and its structure is found in place. */
export async function parseText(bytes: Uint8Array, limits: ParseLimits): Promise<ExtractedDocument> {
  const text = cleanCode(decodeText(bytes));
  refuseLongText(text.length, limits);
  return { text, blocks: findBlocks(text), mediaType: 'text/plain' };
}
