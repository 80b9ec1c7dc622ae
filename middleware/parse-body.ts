import { AsyncLocalStorage } from 'node:async_hooks';
import express, { type Request, type RequestHandler, type Response } from 'express';
import multer, { MulterError } from 'multer';
import type { Route } from '../src/api/route.ts';
import { AppError } from '../src/errors/app-error.ts';
import {
  DOCUMENTS_JSON_BOUNDS,
  JSON_BOUNDS,
  OPEN_JSON_BOUNDS,
  type JsonBounds,
} from '../src/json/bound-json.ts';
import type { JsonPool } from '../src/json/json-pool.ts';
import { contextOf } from '../src/observability/request-context.ts';

export type BodyLimits = { maxBodyBytes: number; maxUploadBytes: number; jsonPool: JsonPool };

const FORM = 'application/x-www-form-urlencoded';
const MOST_FILES = 20;
const MOST_FIELDS = 20;
const UTF_8 = /^utf-?8$/i;

/** Reads a body of a declared type within its limits; a body of any other type is refused unread. */
export function parseBody(
  route: Route,
  { maxBodyBytes, maxUploadBytes, jsonPool }: BodyLimits,
): RequestHandler {
  if (!route.body) return (_req, _res, next) => next();
  const bounds = jsonBounds(route, maxBodyBytes);
  const limit = route.multipart ? maxUploadBytes : bounds.bytes;
  // What inflates costs more to read than to send: only for those who are known.
  const inflate = route.scope !== null;
  const bytes = express.raw({ limit, inflate, type: () => true });
  const form = express.urlencoded({ limit, inflate, extended: false, parameterLimit: bounds.keys });
  const multipart = multer({
    storage: multer.memoryStorage(),
    limits: {
      fileSize: maxUploadBytes,
      files: MOST_FILES,
      fields: MOST_FIELDS,
      parts: MOST_FILES + MOST_FIELDS,
      fieldSize: bounds.bytes,
    },
  }).array('file', MOST_FILES);
  const json = async (req: Request, res: Response): Promise<void> => {
    const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(req.get('content-type') ?? '')?.[1] ?? 'utf-8';
    if (!UTF_8.test(charset)) throw new AppError('unsupported_media_type', 'JSON is sent in UTF-8.');
    await new Promise<void>((read, fail) => {
      bytes(req, res, (error?: Error) => (error ? fail(error) : read()));
    });
    const body: unknown = req.body;
    // Anything else was parsed before, by an application that this one is mounted in.
    if (!Buffer.isBuffer(body)) return;
    const caller = contextOf(res.locals).principal?.tenant ?? '';
    req.body = body.length === 0 ? undefined : await jsonPool.parse(body, bounds, caller);
  };
  return (req, res, next) => {
    // Bodies come by events of the connection, which know neither the request's context nor its span.
    const inContext = AsyncLocalStorage.snapshot();
    const done = (error?: unknown) =>
      inContext(() => next(error === undefined ? undefined : bodyFailure(error, limit)));
    if (route.multipart && req.is('multipart/form-data')) {
      if (!/^identity$/i.test(req.get('content-encoding') ?? 'identity')) {
        done(new AppError('unsupported_media_type', 'Send a form without Content-Encoding.'));
        return;
      }
      boundTotal(req, limit, done);
      multipart(req, res, done);
    } else if (route.form && req.is(FORM)) form(req, res, done);
    else if (req.is('application/json') || !hasBody(req)) json(req, res).then(() => done(), done);
    else {
      const types = [
        'application/json',
        ...(route.multipart ? ['multipart/form-data'] : []),
        ...(route.form ? [FORM] : []),
      ];
      done(new AppError('unsupported_media_type', `Send ${types.join(' or ')}.`));
    }
  };
}

/** MAX_BODY_BYTES narrows what anybody may send; texts that are to be indexed have MAX_UPLOAD_BYTES. */
function jsonBounds(route: Route, maxBodyBytes: number): JsonBounds {
  if (route.scope === null)
    return { ...OPEN_JSON_BOUNDS, bytes: Math.min(OPEN_JSON_BOUNDS.bytes, maxBodyBytes) };
  return { ...(route.multipart ? DOCUMENTS_JSON_BOUNDS : JSON_BOUNDS), bytes: maxBodyBytes };
}

function hasBody(req: Request): boolean {
  return req.get('transfer-encoding') !== undefined || Number(req.get('content-length') ?? 0) > 0;
}

/** Multer bounds each file; together they must not pass the limit either, whatever Content-Length says. */
function boundTotal(req: Request, limit: number, fail: (error: AppError) => void): void {
  let total = 0;
  req.on('data', (piece: Buffer) => {
    const before = total;
    total += piece.length;
    if (total > limit && before <= limit) {
      req.unpipe();
      req.resume();
      fail(tooLarge(limit));
    }
  });
}

function bodyFailure(error: unknown, limit: number): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof MulterError) {
    if (error.code === 'LIMIT_FILE_SIZE' || error.code === 'LIMIT_FIELD_VALUE') return tooLarge(limit, error);
    const detail =
      error.code === 'LIMIT_UNEXPECTED_FILE'
        ? `Files go into the field 'file', at most ${MOST_FILES} of them.`
        : 'The form has too many parts.';
    return new AppError('invalid_request', detail, { cause: error });
  }
  const type = (error as { type?: string }).type;
  if (type === 'entity.too.large') return tooLarge(limit, error);
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new AppError('unsupported_media_type', 'The encoding of the body is not supported.', {
      cause: error,
    });
  }
  return new AppError('invalid_request', 'The body cannot be read.', { cause: error });
}

function tooLarge(limit: number, cause?: unknown): AppError {
  return new AppError('too_large', `The body is larger than ${limit} bytes.`, { cause });
}
