import type { Embedder } from '../embedders/embedder.ts';
import { contextOf } from '../index-store/chunk-rows.ts';
import type { Embedded } from '../index-store/write-chunks.ts';

/** Embeds chunks of one document, each with the title and headings it stands under. */
export async function embedRows(
  embedder: Embedder,
  title: string,
  rows: readonly { headingPath: string[]; text: string }[],
  signal: AbortSignal,
): Promise<Embedded> {
  const texts = rows.map((row) => contextOf(title, row.headingPath, row.text));
  return { embedder: embedder.name, vectors: await embedder.embed(texts, 'document', signal) };
}
