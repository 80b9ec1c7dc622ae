import { decodeText } from '../decode-text.ts';
import type { ExtractedDocument } from '../document.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { createTextBuilder } from '../text-builder.ts';

/** Reads Markdown (GitHub's kind) by way of HTML; front matter becomes a paragraph of its own. */
export async function parseMarkdown(bytes: Uint8Array, limits: ParseLimits): Promise<ExtractedDocument> {
  const [{ Marked }, { addHtmlBlocks }] = await Promise.all([import('marked'), import('./html-blocks.ts')]);
  const { frontMatter, body } = splitFrontMatter(decodeText(bytes));
  const builder = createTextBuilder(limits);
  builder.add('paragraph', frontMatter.split('\n'));
  addHtmlBlocks(new Marked({ gfm: true, async: false }).parse(body) as string, builder, { isPage: false });
  return builder.build('markdown', /^title:\s*["']?(.+?)["']?\s*$/m.exec(frontMatter)?.[1]);
}

function splitFrontMatter(text: string): { frontMatter: string; body: string } {
  const found = /^---[ \t]*\r?\n([\s\S]{0,10000}?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text);
  return found
    ? { frontMatter: found[1] ?? '', body: text.slice(found[0].length) }
    : { frontMatter: '', body: text };
}
