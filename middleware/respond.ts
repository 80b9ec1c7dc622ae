import { join } from 'node:path';
import type { Request, RequestHandler, Response } from 'express';
import type { Route, RouteEvent, RouteRequest } from '../src/api/route.ts';
import { asAppError, problemOf } from '../src/api/problem.ts';
import type { Logger } from '../src/observability/logger.ts';
import { contextOf } from '../src/observability/request-context.ts';
import type { UploadedFile } from '../src/documents/document.ts';
import { packageRoot } from '../src/config/package-root.ts';

/** Below nginx's and most load balancers' 60 s of idleness, and the contract's 15 s. */
const HEARTBEAT_MS = 10_000;
const PUBLIC = join(packageRoot, 'public');

/** Runs the route and writes what it gives: JSON, a page, or server-sent events. A client that goes away aborts it. */
export function respond(route: Route, logger: Logger): RequestHandler {
  return async (req, res) => {
    const { principal, requestId } = contextOf(res.locals);
    const gone = new AbortController();
    res.once('close', () => {
      if (!res.writableFinished) gone.abort();
    });
    const input = res.locals.input as Pick<RouteRequest, 'body' | 'query' | 'params' | 'question'>;
    const reply = await route.handle({
      ...(input as typeof input & { body: undefined; query: undefined; params: undefined }),
      principal,
      requestId,
      files: uploadedFiles(req),
      wantsEvents: req.accepts(['application/json', 'text/event-stream']) === 'text/event-stream',
      signal: gone.signal,
    });
    if (gone.signal.aborted) return;
    if ('events' in reply) await writeEvents(res, reply.events, gone.signal, logger);
    else if ('page' in reply) res.sendFile(reply.page, { root: PUBLIC, cacheControl: false });
    else if (reply.body === undefined) res.status(reply.status).end();
    else res.status(reply.status).json(reply.body);
  };
}

function uploadedFiles(req: Request): UploadedFile[] {
  const files = Array.isArray(req.files) ? req.files : [];
  return files.map((file) => ({
    bytes: file.buffer,
    // Browsers and curl send UTF-8 names; the form's parser reads them as Latin-1.
    filename: Buffer.from(file.originalname, 'latin1').toString('utf8'),
    mediaType: file.mimetype,
  }));
}

/** A failure behind the first byte can no longer change the status: it becomes the last event. */
async function writeEvents(
  res: Response,
  events: AsyncIterable<RouteEvent>,
  gone: AbortSignal,
  logger: Logger,
): Promise<void> {
  res.status(200).set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
  res.flushHeaders();
  const heartbeat = setInterval(() => res.write(': still here\n\n'), HEARTBEAT_MS);
  try {
    for await (const { event, data } of events) {
      if (gone.aborted) return;
      if (!res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)) await drained(res, gone);
    }
  } catch (error) {
    if (gone.aborted) return;
    const context = contextOf(res.locals);
    const failure = asAppError(error);
    context.problem = failure.code;
    logger.warn('a stream ended in a problem', { requestId: context.requestId, code: failure.code, error });
    res.write(
      `event: error\ndata: ${JSON.stringify(problemOf(failure, context.requestId, res.req.path))}\n\n`,
    );
  } finally {
    clearInterval(heartbeat);
    res.end();
  }
}

/** A reader that is slower than the model slows the model down, instead of filling our memory. */
async function drained(res: Response, gone: AbortSignal): Promise<void> {
  await new Promise<void>((resume) => {
    res.once('drain', resume);
    gone.addEventListener('abort', () => resume(), { once: true });
  });
}
