import type { ExtractedDocument } from '../document.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { createTextBuilder } from '../text-builder.ts';

const STYLES = [
  "p[style-name='Title'] => h1:fresh",
  "p[style-name='Subtitle'] => h2:fresh",
  "p[style-name='Code'] => pre:separator('\\n')",
  "p[style-name='HTML Preformatted'] => pre:separator('\\n')",
];

// Where styles are not used, a short bold line is what serves as a heading.
const BOLD_PARAGRAPH = /<p><strong>([^<]{1,80}[^<.:;,!?…])<\/strong><\/p>/g;

/** Reads what a Word document shows: its text, headings, lists, tables and notes; images and outside references are left alone. */
export async function parseDocx(bytes: Uint8Array, limits: ParseLimits): Promise<ExtractedDocument> {
  const [{ default: mammoth }, { inflateDocxParts }, { takeHiddenRuns }, { addHtmlBlocks }] =
    await Promise.all([
      import('mammoth'),
      import('./archive-guard.ts'),
      import('./docx-hidden.ts'),
      import('./html-blocks.ts'),
    ]);
  const builder = createTextBuilder(limits);
  const parts = takeHiddenRuns(await inflateDocxParts(bytes, limits), builder.hide);
  const { value: html } = await mammoth.convertToHtml(asMammothInput(parts), {
    styleMap: STYLES,
    convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
    externalFileAccess: false,
  });
  addHtmlBlocks(html.replace(BOLD_PARAGRAPH, '<h2>$1</h2>'), builder, { isPage: false });
  return builder.build('docx');
}

/** Mammoth's own port for an opened archive, which its types leave out: it never sees the archive itself. */
function asMammothInput(parts: Map<string, Buffer>): { buffer: Buffer } {
  const file = {
    exists: (name: string) => parts.has(name),
    read: async (name: string, encoding?: string) => {
      const part = parts.get(name) ?? Buffer.alloc(0);
      return encoding === undefined ? part : new TextDecoder(encoding).decode(part);
    },
  };
  return { file } as unknown as { buffer: Buffer };
}
