import type { Request, RequestHandler } from 'express';
import { setTimeout as delay } from 'node:timers/promises';
import type { Route } from '../src/api/route.ts';
import { createBytesInFlight } from '../src/limits/bytes-in-flight.ts';
import { callerName } from '../src/limits/caller-name.ts';
import { contextOf } from '../src/observability/request-context.ts';

/** How large one body may be: that of an upload, and any other. */
export type BodySizes = { maxBodyBytes: number; maxUploadBytes: number };

/** What may have come with the head of a request. */
const FIRST_PACKET_BYTES = 65_536;
/** A body that is being parsed when its sender goes away reaches its route within this. */
const PARSED_WITHIN_MS = 5_000;

/**
 * Bounds the bytes of bodies that are held at once, from before they are read until they are answered: whatever does not fit
 * is refused unread. Uploads have a bound of their own, so that they never keep a question out.
 */
export function boundBytes(
  { maxBodyBytes, maxUploadBytes }: BodySizes,
  maxBytesInFlight: number,
): (route: Route) => RequestHandler {
  const uploads = createBytesInFlight(maxBytesInFlight, maxUploadBytes);
  const others = createBytesInFlight(maxBytesInFlight, maxBodyBytes);
  return (route) => {
    if (!route.body) return (_req, _res, next) => next();
    const [bytes, limit] = route.multipart ? [uploads, maxUploadBytes] : [others, maxBodyBytes];
    return (req, res, next) => {
      const context = contextOf(res.locals);
      const { principal } = context;
      const size = sizeOf(req);
      // All that nobody has authenticated are one.
      const owner = principal
        ? { tenant: principal.tenant, caller: callerName(principal) }
        : { tenant: '', caller: '' };
      const held = bytes.take(owner, Math.min(size ?? limit, limit));
      if (size === undefined && !isEncoded(req)) {
        const { socket } = req;
        const before = socket.bytesRead;
        req.once('end', () => held.shrinkTo(socket.bytesRead - before + FIRST_PACKET_BYTES));
      }
      const giveBack = async () => {
        if (req.complete && !res.writableFinished && !context.work)
          await delay(PARSED_WITHIN_MS, undefined, { ref: false });
        // It goes on for a while where its client is gone.
        await context.work?.catch(() => undefined);
        held.giveBack();
      };
      res.once('close', () => void giveBack());
      next();
    };
  };
}

/** In bytes; undefined where only reading it will tell. */
function sizeOf(req: Request): number | undefined {
  if (req.get('transfer-encoding') !== undefined || isEncoded(req)) return undefined;
  return Number(req.get('content-length') ?? 0);
}

function isEncoded(req: Request): boolean {
  return (req.get('content-encoding') ?? 'identity') !== 'identity';
}
