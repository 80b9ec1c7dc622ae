export type SpanKind = 'internal' | 'server' | 'client';
export type Attribute = string | number | boolean | string[];
export type Attributes = Record<string, Attribute | undefined>;

/** Work that is under way. Attributes are names, counts and durations: never a question, an answer or a document's text. */
export type Span = {
  set(attributes: Attributes): void;
  /** For a name that is only known later. */
  rename(name: string): void;
  /** Ends it as failed, by a code; an exception's message is not recorded, for it may quote a value. The first code stands. */
  fail(code: string): void;
};

export type SpanOptions = { kind?: SpanKind; attributes?: Attributes };

/** Headers as they came. */
export type InboundHeaders = Record<string, string | string[] | undefined>;

/** Traces as W3C Trace Context and OpenTelemetry know them. With no exporter every call costs next to nothing. */
export type Tracer = {
  /** Runs `work` in a span that ends with it; what is awaited inside finds it as its parent. What is thrown fails it. */
  run<Result>(name: string, options: SpanOptions, work: (span: Span) => Result): Result;
  /** Passes the parts of a stream on; the span begins with the first that is asked for and ends with the stream, however it ends. */
  stream<Part>(
    name: string,
    options: SpanOptions,
    work: (span: Span) => AsyncIterable<Part>,
  ): AsyncIterable<Part>;
  /** Runs `work` as a part of the trace that these headers name, where they are sound. */
  continued<Result>(headers: InboundHeaders, work: () => Result): Result;
  /** The headers by which another service continues this trace. */
  headers(): Record<string, string>;
  /** Of the trace that this is a part of, where it is one. */
  traceId(): string | undefined;
  /** Sends what is still here. Resolves after some seconds at the latest, whether or not anybody took it. */
  close(): Promise<void>;
};
