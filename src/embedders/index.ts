import type { Settings } from '../config/schema.ts';
import type { Embedder } from './embedder.ts';
import { createOpenAiEmbedder } from './openai-embedder.ts';

export type EmbedderFactory = (settings: Settings) => Embedder | undefined;

/** Who embeds, by the value of `EMBEDDING_PROVIDER`; with `none` retrieval is lexical alone. */
export const embedders = {
  none: () => undefined,
  openai: createOpenAiEmbedder,
} satisfies Record<Settings['EMBEDDING_PROVIDER'], EmbedderFactory>;
