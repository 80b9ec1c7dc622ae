import { malformedReply } from './openai-failure.ts';

/** More than any answer, and than the vectors of one request. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The text of a reply, as it comes. Whoever stops reading ends the call.
 *
 * @throws AppError `upstream_error` where it has no end; what ended the call, where something did
 */
export async function* readPieces({ body }: Response, mostBytes = MOST_BYTES): AsyncGenerator<string, void> {
  const reader = (body as ReadableStream<Uint8Array> | null)?.getReader();
  const decoder = new TextDecoder();
  let bytes = 0;
  try {
    for (;;) {
      const { value } = (await reader?.read()) ?? {};
      if (!value) break;
      bytes += value.length;
      if (bytes > mostBytes) throw malformedReply();
      yield decoder.decode(value, { stream: true });
    }
    yield decoder.decode();
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
}

/** The whole text of a reply. @throws as `readPieces` does */
export async function readText(response: Response, mostBytes?: number): Promise<string> {
  let text = '';
  for await (const piece of readPieces(response, mostBytes)) text += piece;
  return text;
}

/** A reply that is one JSON document, whatever type it says it has. */
export async function readJson(response: Response): Promise<unknown> {
  const text = await readText(response);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformedReply(cause);
  }
}
