/** A span as a receiver of ours read it off the wire. */
export type ReceivedSpan = {
  service: string;
  traceId: string;
  spanId: string;
  parentId: string | undefined;
  name: string;
  kind: 'internal' | 'server' | 'client';
  startMs: number;
  endMs: number;
  attributes: Record<string, unknown>;
  failed: boolean;
};

/** What a receiver does with what it is sent: `hangs` accepts it and never says a word. */
export type ReceiverManners = 'takes' | 'refuses' | 'hangs';

export type SpanReceiver = {
  url: string;
  spans: ReceivedSpan[];
  /** Everything that came, as text: what was planted would be found in it. */
  everything(): string;
  manners: ReceiverManners;
  stop(): Promise<void>;
};
