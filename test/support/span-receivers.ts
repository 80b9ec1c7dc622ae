import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeOtlpSpans } from './otlp-spans.ts';
import type { ReceivedSpan, SpanReceiver } from './received-span.ts';

const HTTP_PATH = '/v1/traces';
const GRPC_PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const ZIPKIN_PATH = '/api/v2/spans';
/** Neither a message nor compression: an empty ExportTraceServiceResponse as gRPC frames it. */
const EMPTY_FRAME = Buffer.alloc(5);
const UNAVAILABLE = 14;

const receiver = async (
  server: Server,
  decode: (body: Buffer) => ReceivedSpan[],
  cut: () => void,
): Promise<SpanReceiver & { take(body: Buffer): void }> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bodies: Buffer[] = [];
  const spans: ReceivedSpan[] = [];
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    everything: () => Buffer.concat(bodies).toString('utf8'),
    manners: 'takes',
    take: (body) => {
      bodies.push(body);
      spans.push(...decode(body));
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
};

const collect = async (stream: AsyncIterable<unknown>): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
};

/** Takes requests at one path over HTTP. */
const startHttpReceiver = async (
  path: string,
  mediaType: string,
  decode: (body: Buffer) => ReceivedSpan[],
): Promise<SpanReceiver> => {
  const http = createServer((request, response) => {
    void (async () => {
      const sent = await collect(request);
      if (started.manners === 'hangs') return;
      if (started.manners === 'refuses') return response.writeHead(503).end();
      if (request.url !== path || request.headers['content-type'] !== mediaType)
        return response.writeHead(404).end();
      started.take(request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent);
      response.writeHead(200, { 'content-type': mediaType }).end();
    })();
  });
  const started = await receiver(http, decode, () => http.closeAllConnections());
  return started;
};

export const startOtlpReceiver = (): Promise<SpanReceiver> =>
  startHttpReceiver(HTTP_PATH, 'application/x-protobuf', decodeOtlpSpans);

/** OTLP over gRPC: HTTP/2 with a length before the message, and the outcome in the trailers. */
export const startGrpcReceiver = async (): Promise<SpanReceiver> => {
  const sessions = new Set<ServerHttp2Session>();
  const http2 = createHttp2Server();
  http2.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  http2.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    void (async () => {
      const frame = await collect(stream);
      if (started.manners === 'hangs') return;
      const status = headers[':path'] !== GRPC_PATH || started.manners === 'refuses' ? UNAVAILABLE : 0;
      if (status === 0) {
        const message = frame.subarray(5, 5 + frame.readUInt32BE(1));
        started.take(frame[0] === 1 ? gunzipSync(message) : message);
      }
      stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status) }));
      stream.end(EMPTY_FRAME);
    })();
  });
  const started = await receiver(http2, decodeOtlpSpans, () => {
    for (const session of sessions) session.destroy();
  });
  return started;
};

type ZipkinSpan = {
  traceId: string;
  id: string;
  parentId?: string;
  name: string;
  kind?: 'SERVER' | 'CLIENT';
  timestamp: number;
  duration: number;
  localEndpoint: { serviceName: string };
  tags: Record<string, string>;
};

/** Zipkin's v2 API, in JSON. */
export const startZipkinReceiver = (): Promise<SpanReceiver> =>
  startHttpReceiver(ZIPKIN_PATH, 'application/json', (body) =>
    (JSON.parse(body.toString('utf8')) as ZipkinSpan[]).map((span) => ({
      service: span.localEndpoint.serviceName,
      traceId: span.traceId,
      spanId: span.id,
      parentId: span.parentId,
      name: span.name,
      kind: span.kind === 'SERVER' ? 'server' : span.kind === 'CLIENT' ? 'client' : 'internal',
      startMs: span.timestamp / 1e3,
      endMs: (span.timestamp + span.duration) / 1e3,
      attributes: span.tags,
      failed: 'error' in span.tags,
    })),
  );
