import type { ExtractedDocument } from '../document.ts';
import { decodeText } from '../decode-text.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { createTextBuilder } from '../text-builder.ts';

/** Reads a web page: its main content without menus, footers, scripts and hidden text. Fetches nothing. */
export async function parseHtml(bytes: Uint8Array, limits: ParseLimits): Promise<ExtractedDocument> {
  const { addHtmlBlocks } = await import('./html-blocks.ts');
  const builder = createTextBuilder(limits);
  const title = addHtmlBlocks(decodeText(bytes, declaredEncoding(bytes)), builder, { isPage: true });
  return builder.build('html', title);
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 2048)).toString('latin1');
  return /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1];
}
