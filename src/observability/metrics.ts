/** The parts of the work whose duration is measured. */
export const STAGES = [
  'guardrail',
  'retrieval',
  'embedding',
  'model',
  'time_to_first_chunk',
  'ingest_prepare',
  'ingest_embed',
  'ingest_index',
] as const;
export type Stage = (typeof STAGES)[number];

/** One value, or one for each of a few labels; undefined: none right now. */
export type Reading = number | undefined | readonly { value: number; labels: Record<string, string> }[];

export type GaugeOptions = {
  /** `s` or `By` where it is seconds or bytes; anything else is said by the name. */
  unit?: 's' | 'By';
};

/** What is counted and measured. Labels are of small, fixed sets: routes, codes, models; never a tenant, a caller or a text. */
export type Metrics = {
  /** One request; `route` is the pattern, absent where none matched. */
  request(seconds: number, labels: { method: string; route: string | undefined; status: number }): void;
  /** `name` says which one, where there are several (a guardrail's name, a model's). */
  stage(stage: Stage, seconds: number, labels: { name?: string; ok: boolean }): void;
  modelCall(
    seconds: number,
    call: {
      provider: string;
      model: string;
      promptTokens: number;
      completionTokens: number;
      costUsd: number | null;
      /** The code it failed with. */
      error?: string;
    },
  ): void;
  /** Texts that a provider embedded: what it counted and charges. */
  embeddings(call: { provider: string; model: string; tokens: number; costUsd: number }): void;
  /** A problem that a request ended in, by its code; a refusal by its reason. */
  refusal(code: string): void;
  /** What a guardrail found: `PII/EMAIL`, `injection`, `content/hate`, `topic`, and where. */
  verdict(
    labels: { guardrail: string; type: string; where: 'input' | 'output' | 'document' },
    count: number,
  ): void;
  /** A reload of the secrets that changed something, or failed. */
  secretsReload(ok: boolean): void;
  /** Events of the audit log: `written`, `lost`, or `failed` for an attempt. */
  audit(what: 'written' | 'lost' | 'failed', count: number): void;
  /**
   * A value that is looked up whenever metrics are read. `read` may fail, and may be slow: after two seconds the value is
   * left out, and nobody asks again before it has come.
   */
  gauge(
    name: string,
    description: string,
    read: () => Reading | Promise<Reading>,
    options?: GaugeOptions,
  ): void;
  /** In the text format of Prometheus (0.0.4); it answers within some seconds, whatever is down. */
  scrape(): Promise<string>;
  /** Pushes what is still here, where metrics are pushed. Resolves after some seconds at the latest. */
  close(): Promise<void>;
};
