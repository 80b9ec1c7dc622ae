import { AsyncLocalStorage } from 'node:async_hooks';
import express, { type Request, type RequestHandler } from 'express';
import multer, { MulterError } from 'multer';
import type { Route } from '../src/api/route.ts';
import { AppError } from '../src/errors/app-error.ts';

export type BodyLimits = { maxBodyBytes: number; maxUploadBytes: number };

const FORM = 'application/x-www-form-urlencoded';
const MOST_FILES = 20;
const MOST_FIELDS = 20;

/** Reads a body of a declared type within its limit; a body of any other type is refused unread. */
export function parseBody(route: Route, { maxBodyBytes, maxUploadBytes }: BodyLimits): RequestHandler {
  if (!route.body) return (_req, _res, next) => next();
  const limit = route.multipart ? maxUploadBytes : maxBodyBytes;
  const json = express.json({ limit, strict: false });
  const form = express.urlencoded({ limit, extended: false });
  const multipart = multer({
    storage: multer.memoryStorage(),
    limits: { fileSize: maxUploadBytes, files: MOST_FILES, fields: MOST_FIELDS, fieldSize: maxBodyBytes },
  }).array('file', MOST_FILES);
  return (req, res, next) => {
    // Bodies come by events of the connection, which know neither the request's context nor its span.
    const inContext = AsyncLocalStorage.snapshot();
    const done = (error?: unknown) =>
      inContext(() => next(error === undefined ? undefined : bodyFailure(error, limit)));
    if (route.multipart && req.is('multipart/form-data')) {
      boundTotal(req, limit, done);
      multipart(req, res, done);
    } else if (route.form && req.is(FORM)) form(req, res, done);
    else if (req.is('application/json') || !hasBody(req)) json(req, res, done);
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
  return new AppError(
    'invalid_request',
    type === 'entity.parse.failed' ? 'The body is not valid JSON.' : 'The body cannot be read.',
    { cause: error },
  );
}

function tooLarge(limit: number, cause?: unknown): AppError {
  return new AppError('too_large', `The body is larger than ${limit} bytes.`, { cause });
}
