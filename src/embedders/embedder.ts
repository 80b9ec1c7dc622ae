/** A question, or a text that questions are to find. */
export type EmbeddingKind = 'query' | 'document';

/** Turns texts into unit vectors whose inner product says how alike they are. */
export type Embedder = {
  /** Provider, model and length: rows made by another name are not comparable. */
  readonly name: string;
  readonly dimensions: number;
  /** Whether texts leave this process. */
  readonly isRemote?: true;
  /**
   * One vector a text, in order, each `dimensions` long. An aborted signal rejects with its reason.
   *
   * @throws AppError `upstream_error` or `upstream_timeout`
   */
  embed(texts: string[], kind: EmbeddingKind, signal?: AbortSignal): Promise<Float32Array[]>;
  /** Ends what the embedder started, where it started something. */
  close?(): Promise<void>;
};

/** What a provider charges for: one report a request, also where a later request of the same call fails. */
export type EmbeddingUsage = { kind: EmbeddingKind; texts: number; tokens: number; costUsd: number };

export type OnUsage = (usage: EmbeddingUsage) => void;
