import { byteOrderMark, looksBinary } from './decode-text.ts';

/** What the bytes themselves say a file is, whatever its name. */
export type Content =
  | 'pdf'
  | 'docx'
  | 'xlsx'
  | 'pptx'
  | 'zip'
  | 'encrypted-office'
  | 'old-office'
  | 'image'
  | 'html'
  | 'text'
  | 'binary';

const IMAGE_MAGIC = ['\x89PNG', '\xff\xd8\xff', 'GIF8', 'II*\0', 'MM\0*', 'BM'];
const BINARY_MAGIC = ['\x7fELF', 'BZh', '7z\xbc\xaf', 'Rar!', '\xfd7zXZ', '{\\rtf', 'RIFF', '%!PS'];

/** Looks at magic numbers, at the names inside an archive, and at the first tag; never parses anything. */
export function detectContent(bytes: Uint8Array): Content {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = buffer.toString('latin1', 0, 1024);
  if (/^(?:\xef\xbb\xbf)?\s*%PDF-/.test(head)) return 'pdf';
  if (head.startsWith('PK\x03\x04') || head.startsWith('PK\x05\x06')) return archiveKind(buffer);
  if (head.startsWith('\xd0\xcf\x11\xe0')) return officeKind(buffer);
  if (looksBinary(bytes)) {
    // PDF readers accept rubbish before the header, and some mail gateways and printers write it.
    if (head.includes('%PDF-')) return 'pdf';
    return IMAGE_MAGIC.some((magic) => head.startsWith(magic)) ? 'image' : 'binary';
  }
  if (BINARY_MAGIC.some((magic) => head.length > 4 && head.startsWith(magic))) return 'binary';
  const start = new TextDecoder(byteOrderMark(bytes) ?? 'utf-8').decode(bytes.subarray(0, 4096));
  return /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:!doctype html|html|head|body)\b/i.test(start)
    ? 'html'
    : 'text';
}

function archiveKind(buffer: Buffer): Content {
  if (buffer.includes('word/document.xml')) return 'docx';
  if (buffer.includes('xl/workbook.xml')) return 'xlsx';
  if (buffer.includes('ppt/presentation.xml')) return 'pptx';
  return 'zip';
}

function officeKind(buffer: Buffer): Content {
  return buffer.includes('EncryptedPackage', 0, 'utf16le') ? 'encrypted-office' : 'old-office';
}
