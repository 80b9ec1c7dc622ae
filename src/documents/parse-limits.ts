/** How much one document may cost before it is refused. */
export type ParseLimits = {
  /** The file itself, in bytes. */
  maxBytes: number;
  /** Pages of a PDF. */
  maxPages: number;
  /** Extracted text, in UTF-16 code units. */
  maxTextChars: number;
  /** Memory of the whole parsing process (heap, buffers and the runtime's own 50 MB), in MiB. */
  maxMemoryMb: number;
  /** Wall-clock time of one parse, without its wait in the queue, in milliseconds. */
  timeoutMs: number;
  /** What a DOCX may inflate to, in bytes. */
  maxArchiveBytes: number;
};

export const DEFAULT_PARSE_LIMITS: ParseLimits = {
  maxBytes: 25 * 1024 * 1024,
  maxPages: 2_000,
  maxTextChars: 10_000_000,
  maxMemoryMb: 512,
  timeoutMs: 30_000,
  maxArchiveBytes: 200 * 1024 * 1024,
};
