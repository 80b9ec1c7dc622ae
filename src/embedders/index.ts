import type { Settings } from '../config/schema.ts';
import type { OutboundHeaders } from '../openai/openai-client.ts';
import type { Embedder, OnUsage } from './embedder.ts';
import { createOpenAiEmbedder } from './openai-embedder.ts';
import { createStaticEmbedder } from './static-embedder.ts';
import { createTransformersEmbedder } from './transformers-embedder.ts';

/** Makes an embedder, ready for use; rejects with a SettingsError where the settings name one that cannot be had. */
export type EmbedderFactory = (
  settings: Settings,
  onUsage: OnUsage,
  headers?: OutboundHeaders,
) => Embedder | undefined | Promise<Embedder>;

/** Who embeds, by the value of `EMBEDDING_PROVIDER`; with `none` retrieval is lexical alone. */
export const embedders = {
  none: () => undefined,
  static: createStaticEmbedder,
  openai: createOpenAiEmbedder,
  transformers: (settings, onUsage) => createTransformersEmbedder(settings, onUsage),
} satisfies Record<Settings['EMBEDDING_PROVIDER'], EmbedderFactory>;
