/** Turns texts into unit vectors whose inner product says how alike they are. */
export type Embedder = {
  /** Provider, model and length: rows made by another name are not comparable. */
  readonly name: string;
  readonly dimensions: number;
  /**
   * One vector a text, in order, each `dimensions` long.
   *
   * @throws AppError `upstream_error` or `upstream_timeout`
   */
  embed(texts: string[], kind: 'query' | 'document', signal?: AbortSignal): Promise<Float32Array[]>;
};
