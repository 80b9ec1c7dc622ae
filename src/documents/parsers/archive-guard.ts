import { fromBufferPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { AppError } from '../../errors/app-error.ts';
import type { ParseLimits } from '../parse-limits.ts';

const MAX_ENTRIES = 10_000;
// Deflate reaches 1,000 to 1 on zeros; the XML of a real document seldom reaches 50.
const MAX_RATIO = 250;
const RATIO_COUNTS_FROM_BYTES = 10 * 1024 * 1024;

/**
 * Inflates the XML parts of a DOCX into memory, and only those: whatever reads the document afterwards reads these
 * bytes, so that no second look at the archive can find what this one did not count.
 * @returns the parts by their name in the archive
 * @throws AppError `unprocessable_document` for a bomb, a header that lies, a damaged or an encrypted archive, or one
 *   without `word/document.xml`
 */
export async function inflateDocxParts(
  bytes: Uint8Array,
  { maxArchiveBytes }: Pick<ParseLimits, 'maxArchiveBytes'>,
): Promise<Map<string, Buffer>> {
  const archive = await open(bytes);
  const parts = new Map<string, Buffer>();
  let total = 0;
  try {
    for await (const entry of archive.eachEntry()) {
      if (entry.isEncrypted()) throw refuse('It is encrypted: remove the password and send it again.');
      total += Math.max(entry.uncompressedSize, entry.compressedSize);
      checkSize(entry, total, maxArchiveBytes);
      if (!/\.(?:xml|rels)$/i.test(entry.fileName)) continue;
      if (parts.has(entry.fileName)) throw refuse('Its archive holds the same part twice.');
      parts.set(entry.fileName, await inflate(archive, entry));
    }
  } catch (error) {
    throw error instanceof AppError ? error : refuse('Its archive is damaged or incomplete.', error);
  }
  if (!parts.has('word/document.xml')) throw refuse('Its archive holds no word/document.xml.');
  return parts;
}

async function open(bytes: Uint8Array): Promise<ZipFile> {
  try {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const archive = await fromBufferPromise(buffer, { lazyEntries: true, strictFileNames: true });
    if (archive.entryCount > MAX_ENTRIES) throw refuse(`Its archive holds more than ${MAX_ENTRIES} entries.`);
    return archive;
  } catch (error) {
    throw error instanceof AppError ? error : refuse('Its archive is damaged or incomplete.', error);
  }
}

function checkSize(entry: Entry, total: number, maxArchiveBytes: number): void {
  const isSuspicious = entry.uncompressedSize > RATIO_COUNTS_FROM_BYTES;
  if (
    total > maxArchiveBytes ||
    (isSuspicious && entry.uncompressedSize > entry.compressedSize * MAX_RATIO)
  ) {
    throw refuse('It unpacks to far more data than a document needs.');
  }
}

async function inflate(archive: ZipFile, entry: Entry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // yauzl checks that an entry is as long as declared; the count here does not depend on that.
  for await (const chunk of await archive.openReadStreamPromise(entry)) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > entry.uncompressedSize) throw refuse('Its archive holds more data than it declares.');
  }
  return Buffer.concat(chunks, size);
}

function refuse(reason: string, cause?: unknown): AppError {
  return new AppError('unprocessable_document', `The Word document cannot be read. ${reason}`, { cause });
}
