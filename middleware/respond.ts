import { join } from 'node:path';
import type { Request, RequestHandler, Response } from 'express';
import { drained } from '../src/api/drained.ts';
import type { Route, RouteEvent, RouteRequest } from '../src/api/route.ts';
import { asAppError, PROBLEMS, problemOf } from '../src/api/problem.ts';
import type { Logger } from '../src/observability/logger.ts';
import { contextOf } from '../src/observability/request-context.ts';
import type { UploadedFile } from '../src/documents/document.ts';
import { packageRoot } from '../src/config/package-root.ts';

/** Below nginx's and most load balancers' 60 s of idleness, and the contract's 15 s. */
const HEARTBEAT_MS = 10_000;
const PUBLIC = join(packageRoot, 'public');

/** Runs the route and writes what it gives: JSON, a page, or server-sent events. A client that goes away aborts it. */
export function respond(route: Route, logger: Logger): RequestHandler {
  const answer = async (req: Request, res: Response) => {
    const context = contextOf(res.locals);
    const { principal, requestId } = context;
    const gone = new AbortController();
    res.once('close', () => {
      if (!res.writableFinished) gone.abort();
    });
    const input = res.locals.input as Pick<RouteRequest, 'body' | 'query' | 'params' | 'question'>;
    const reply = await route.handle({
      ...(input as typeof input & { body: undefined; query: undefined; params: undefined }),
      principal,
      requestId,
      mountPath: req.baseUrl,
      files: uploadedFiles(req),
      wantsEvents: req.accepts(['application/json', 'text/event-stream']) === 'text/event-stream',
      signal: gone.signal,
      note: (facts) => Object.assign(context.facts, facts),
    });
    if (gone.signal.aborted) return;
    if ('events' in reply) await writeEvents(res, reply.events, gone.signal, logger);
    else if ('lines' in reply) await writeLines(res, reply, gone.signal);
    else if ('page' in reply) res.sendFile(reply.page, { root: PUBLIC, cacheControl: false });
    else {
      // Nothing is given out before it is on record.
      await context.record?.(reply.status);
      if ('text' in reply) res.status(reply.status).set('Content-Type', reply.mediaType).send(reply.text);
      else if (reply.body === undefined) res.status(reply.status).end();
      else res.status(reply.status).json(reply.body);
    }
  };
  return (req, res) => (contextOf(res.locals).work = answer(req, res));
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

/** A failure before the first event keeps its own status; one behind it can no longer change it, and becomes the last event. */
async function writeEvents(
  res: Response,
  events: AsyncIterable<RouteEvent>,
  gone: AbortSignal,
  logger: Logger,
): Promise<void> {
  const context = contextOf(res.locals);
  const iterator = events[Symbol.asyncIterator]();
  let step = await iterator.next();
  res.status(200).set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
  res.flushHeaders();
  const heartbeat = setInterval(() => res.write(': still here\n\n'), HEARTBEAT_MS);
  try {
    for (; !step.done && !gone.aborted; step = await iterator.next()) {
      const { event, data, last } = step.value;
      if (last) await context.record?.(200);
      if (!res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)) await drained(res, gone);
    }
  } catch (error) {
    if (gone.aborted) return;
    const failure = asAppError(error);
    context.problem = failure.code;
    await context.record?.(PROBLEMS[failure.code].status).catch(() => undefined);
    const { code, reason } = failure;
    logger.warn('a stream ended in a problem', { requestId: context.requestId, code, reason, error });
    res.write(
      `event: error\ndata: ${JSON.stringify(problemOf(failure, context.requestId, res.req.baseUrl + res.req.path))}\n\n`,
    );
  } finally {
    clearInterval(heartbeat);
    res.end();
    await iterator.return?.();
  }
}

/** Whoever is given lines can be given very many: the request is on record before the first. */
async function writeLines(
  res: Response,
  { lines, mediaType }: { lines: AsyncIterable<string>; mediaType: string },
  gone: AbortSignal,
): Promise<void> {
  await contextOf(res.locals).record?.(200);
  res.status(200).set('Content-Type', mediaType);
  for await (const line of lines) {
    if (gone.aborted) return;
    if (!res.write(`${line}\n`)) await drained(res, gone);
  }
  res.end();
}
