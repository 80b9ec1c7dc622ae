import { AppError } from '../errors/app-error.ts';
import { detectContent } from './detect-content.ts';
import type { Content } from './detect-content.ts';
import type { DocumentFormat, UploadedFile } from './document.ts';

const BY_EXTENSION: Record<string, DocumentFormat> = {
  pdf: 'pdf',
  docx: 'docx',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  md: 'markdown',
  markdown: 'markdown',
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  jsonl: 'json',
  ndjson: 'json',
  txt: 'text',
  text: 'text',
  log: 'text',
};

/** What a folder is searched for. */
export const FILE_EXTENSIONS: readonly string[] = Object.keys(BY_EXTENSION).map(
  (extension) => `.${extension}`,
);

const BY_MEDIA_TYPE: Record<string, DocumentFormat> = {
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/markdown': 'markdown',
  'text/x-markdown': 'markdown',
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/json': 'json',
  'application/jsonl': 'json',
  'application/x-ndjson': 'json',
  'text/plain': 'text',
};

// What senders say when they do not know.
const SAYS_NOTHING = new Set(['', 'application/octet-stream', 'binary/octet-stream', 'application/unknown']);

const LABELS: Record<DocumentFormat, string> = {
  pdf: 'PDF',
  docx: 'Word (DOCX)',
  html: 'HTML',
  markdown: 'Markdown',
  csv: 'CSV',
  json: 'JSON',
  text: 'plain text',
};

/**
 * Decides how to read a file: its extension counts first, then the declared media type, then the bytes; the bytes
 * must not contradict either.
 * @throws AppError `unsupported_media_type` for what no parser reads, `unprocessable_document` for a file that is not
 *   what its name or type says
 */
export function sniffFormat(file: UploadedFile): DocumentFormat {
  const content = detectContent(file.bytes);
  const extension = /\.([a-z0-9]{1,10})$/i.exec(file.filename?.trim() ?? '')?.[1]?.toLowerCase();
  const declared = file.mediaType?.split(';')[0]?.trim().toLowerCase() ?? '';

  const named = extension === undefined ? undefined : BY_EXTENSION[extension];
  const format = named ?? BY_MEDIA_TYPE[declared];
  if (!format) {
    if (extension !== undefined || !SAYS_NOTHING.has(declared)) throw unsupported(file);
    return formatOf(content) ?? fail(unsupported(file));
  }
  if (contradicts(format, content)) {
    const claim = named ? 'named' : 'declared';
    throw new AppError('unprocessable_document', explainMismatch(describe(file), claim, format, content));
  }
  return format;
}

function formatOf(content: Content): DocumentFormat | undefined {
  if (content === 'pdf' || content === 'docx' || content === 'html' || content === 'text') return content;
  return undefined;
}

function contradicts(format: DocumentFormat, content: Content): boolean {
  if (format === 'pdf') return content !== 'pdf';
  if (format === 'docx') return content !== 'docx' && content !== 'zip';
  // Any text may be called text or Markdown, and a piece of HTML need not begin with a tag.
  if (content === 'text') return false;
  return content !== 'html' || format === 'csv' || format === 'json';
}

function explainMismatch(file: string, claim: string, format: DocumentFormat, content: Content): string {
  if (format === 'docx' && content === 'encrypted-office') {
    return `${file} is password-protected: remove the password and send it again.`;
  }
  return `${file} is ${claim} as ${LABELS[format]}, but its content is ${CONTENT_LABELS[content]}: rename it or send the right file.`;
}

const CONTENT_LABELS: Record<Content, string> = {
  pdf: 'PDF',
  docx: 'a Word document (DOCX)',
  html: 'HTML',
  text: 'plain text',
  xlsx: 'an Excel workbook',
  pptx: 'a PowerPoint presentation',
  zip: 'a ZIP archive',
  'encrypted-office': 'a password-protected Office file',
  'old-office': 'an old Office file (DOC, XLS or PPT)',
  image: 'an image',
  binary: 'binary data',
};

function unsupported(file: UploadedFile): AppError {
  const readable = Object.values(LABELS).join(', ');
  return new AppError(
    'unsupported_media_type',
    `${describe(file)} is of a type that cannot be read: send ${readable}.`,
  );
}

/** The file's name, fit to be shown: no control characters, at most 100 characters. */
function describe(file: UploadedFile): string {
  const name = Array.from((file.filename ?? '').replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, ''))
    .slice(0, 100)
    .join('')
    .trim();
  return name || 'The file';
}

function fail(error: AppError): never {
  throw error;
}
