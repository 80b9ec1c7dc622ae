import type { PDFDocumentProxy } from 'unpdf/pdfjs';
import { AppError } from '../../errors/app-error.ts';
import type { ExtractedDocument, HiddenKind } from '../document.ts';
import type { ParseLimits } from '../parse-limits.ts';
import { createTextBuilder, refuseLongText, type TextBuilder } from '../text-builder.ts';
import { withoutFurniture, type PdfPage } from './pdf-furniture.ts';
import { linesOf } from './pdf-line.ts';
import { addPdfBlocks } from './pdf-structure.ts';

/**
 * Reads the text that a PDF shows, in reading order. Runs no script of the file, loads no font and fetches nothing.
 * @throws AppError `too_large` past `maxPages`; `unprocessable_document` for a PDF that is damaged, needs a password or
 *   has no text layer
 */
export async function parsePdf(bytes: Uint8Array, limits: ParseLimits): Promise<ExtractedDocument> {
  const pdf = await open(bytes);
  try {
    if (pdf.numPages > limits.maxPages) {
      throw new AppError(
        'too_large',
        `The PDF has ${pdf.numPages} pages; at most ${limits.maxPages} are read.`,
      );
    }
    const builder = createTextBuilder(limits);
    const pages = await readPages(pdf, limits, builder.hide);
    if (pages.every((page) => page.lines.length === 0)) {
      throw new AppError(
        'unprocessable_document',
        'The PDF has no text layer: its pages are images, and need OCR (text recognition) first.',
      );
    }
    addPdfBlocks(withoutFurniture(pages), builder);
    return builder.build('pdf', await titleOf(pdf));
  } finally {
    // By its task: newer pdf.js, which the version range of unpdf admits, has no `destroy` on the document itself.
    await pdf.loadingTask.destroy();
  }
}

async function open(bytes: Uint8Array): Promise<PDFDocumentProxy> {
  const { getDocumentProxy } = await import('unpdf');
  try {
    // A copy, since pdf.js leaves what it is given detached.
    return await getDocumentProxy(new Uint8Array(bytes), {
      verbosity: 0,
      isEvalSupported: false,
      disableFontFace: true,
      useSystemFonts: false,
      useWorkerFetch: false,
      enableXfa: false,
      // No picture is ever needed, and decoding one is costly.
      maxImageSize: 0,
    });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'PasswordException') throw error;
    throw new AppError(
      'unprocessable_document',
      'The PDF is password-protected: remove the password and send it again.',
    );
  }
}

async function readPages(
  pdf: PDFDocumentProxy,
  limits: ParseLimits,
  hide: TextBuilder['hide'],
): Promise<PdfPage[]> {
  const { readPdfPage } = await import('./pdf-page.ts');
  const pages: PdfPage[] = [];
  const fonts = new Map<string, string>();
  let chars = 0;
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    // A line of hidden text comes in pieces, and may be one instruction.
    const hidden = new Map<HiddenKind, string[]>();
    const { groups, height } = await readPdfPage(page, fonts, (kind, text) => {
      if (!hidden.get(kind)?.push(text)) hidden.set(kind, [text]);
    });
    for (const [kind, texts] of hidden) hide(kind, texts.join(' '));
    const lines = groups.flatMap((items) => linesOf(items, number));
    page.cleanup();
    pages.push({ lines, height });
    chars += lines.reduce((sum, line) => sum + line.text.length, 0);
    refuseLongText(chars, limits);
  }
  return pages;
}

async function titleOf(pdf: PDFDocumentProxy): Promise<string | undefined> {
  const { info } = await pdf.getMetadata();
  const title = 'Title' in info && typeof info.Title === 'string' ? info.Title.trim() : '';
  // Word processors write the name of the file they were printing.
  return /^(?:microsoft word|untitled|powerpoint)|\.\w{2,4}$/i.test(title) ? undefined : title;
}
