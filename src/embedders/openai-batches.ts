/**
 * The API takes 8,192 tokens a text, and 2,048 texts or 300,000 tokens a request. No token is shorter than a byte, so
 * these bounds hold for any text; fewer texts than allowed keep a slow compatible server within the time-out.
 */
const MOST_TEXT_BYTES = 8_192;
const MOST_BATCH_BYTES = 300_000;
const MOST_BATCH_TEXTS = 128;

/** Cuts texts into requests, in order: well-formed, never empty (which the API rejects), too long ones truncated. */
export function* openAiBatches(texts: readonly string[]): Generator<string[]> {
  const scratch = Buffer.alloc(MOST_TEXT_BYTES);
  const encoder = new TextEncoder();
  let batch: string[] = [];
  let batchBytes = 0;
  for (const text of texts) {
    // Ends before a code point that does not fit, and writes U+FFFD for half a surrogate pair.
    const { written: bytes } = encoder.encodeInto(text || ' ', scratch);
    if (batch.length === MOST_BATCH_TEXTS || batchBytes + bytes > MOST_BATCH_BYTES) {
      yield batch;
      batch = [];
      batchBytes = 0;
    }
    batch.push(scratch.toString('utf8', 0, bytes));
    batchBytes += bytes;
  }
  if (batch.length > 0) yield batch;
}
