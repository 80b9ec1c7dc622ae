import { AppError } from '../errors/app-error.ts';

/**
 * Text of a file in whatever encoding it was saved: by its byte order mark, as UTF-8, in the encoding it declares,
 * or else as windows-1252, which every byte sequence is.
 * @param declared an encoding label the file itself gives, as an HTML page may
 * @throws AppError `unprocessable_document` where the bytes look like no text at all
 */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  const marked = byteOrderMark(bytes);
  if (marked) return new TextDecoder(marked).decode(bytes);
  if (looksBinary(bytes)) {
    throw new AppError('unprocessable_document', 'The file holds binary data, not text.');
  }
  return (
    tryDecode(bytes, 'utf-8') ?? tryDecode(bytes, declared) ?? new TextDecoder('windows-1252').decode(bytes)
  );
}

/** Whether a sample of the bytes holds NUL, or more control characters than any text does. */
export function looksBinary(bytes: Uint8Array): boolean {
  if (byteOrderMark(bytes)) return false;
  const sample = bytes.subarray(0, 65_536);
  let controls = 0;
  for (const byte of sample) {
    if (byte === 0) return true;
    if (byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b) controls++;
  }
  return controls > sample.length / 100;
}

/** The encoding that a text's first bytes declare, where they do. */
export function byteOrderMark(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return undefined;
}

function tryDecode(bytes: Uint8Array, encoding: string | undefined): string | undefined {
  if (!encoding) return undefined;
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
