import { bytesOf, decodeMessage, messages, numberOf, textOf, type Message } from './protobuf.ts';
import type { ReceivedSpan } from './received-span.ts';

const KINDS = { 1: 'internal', 2: 'server', 3: 'client' } as Record<number, ReceivedSpan['kind']>;
const ERROR = 2n;

/** The spans of an ExportTraceServiceRequest, by the field numbers of opentelemetry-proto's trace.proto. */
export const decodeOtlpSpans = (body: Uint8Array): ReceivedSpan[] =>
  messages(decodeMessage(body), 1).flatMap((resourceSpans) => {
    const [resource] = messages(resourceSpans, 1);
    const service = String(attributesOf(resource!, 1)['service.name']);
    return messages(resourceSpans, 2).flatMap((scope) =>
      messages(scope, 2).map((span) => spanOf(span, service)),
    );
  });

const spanOf = (span: Message, service: string): ReceivedSpan => {
  const [status] = messages(span, 15);
  const hex = (field: number) => Buffer.from(bytesOf(span, field)).toString('hex');
  return {
    service,
    traceId: hex(1),
    spanId: hex(2),
    parentId: hex(4) || undefined,
    name: textOf(span, 5),
    kind: KINDS[Number(numberOf(span, 6))]!,
    startMs: Number(numberOf(span, 7)) / 1e6,
    endMs: Number(numberOf(span, 8)) / 1e6,
    attributes: attributesOf(span, 9),
    failed: status !== undefined && numberOf(status, 3) === ERROR,
  };
};

const attributesOf = (message: Message, field: number): Record<string, unknown> =>
  Object.fromEntries(
    messages(message, field).map((pair) => [textOf(pair, 1), valueOf(messages(pair, 2)[0]!)]),
  );

const valueOf = (value: Message): unknown => {
  if (value.has(1)) return textOf(value, 1);
  if (value.has(2)) return numberOf(value, 2) === 1n;
  if (value.has(3)) return Number(BigInt.asIntN(64, numberOf(value, 3)));
  if (value.has(4)) return new Float64Array(new BigUint64Array([numberOf(value, 4)]).buffer)[0];
  return messages(messages(value, 5)[0]!, 1).map(valueOf);
};
