import { AppError } from '../errors/app-error.ts';

/** Where a page ended: a time in microseconds since 1970, and the id of the row. */
export type PagePosition = [position: string, id: string];

/** A time up to the year 2286. */
const MICROSECONDS = /^\d{1,16}$/;

export function encodeCursor(position: PagePosition): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws AppError `invalid_request` for anything that no page gave out */
export function decodeCursor(cursor: string, isId: (id: string) => boolean): PagePosition {
  try {
    const [position, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (typeof position === 'string' && typeof id === 'string' && MICROSECONDS.test(position) && isId(id))
      return [position, id];
  } catch {
    // Falls through: whatever is wrong with it, the caller can only ask for the first page again.
  }
  throw new AppError('invalid_request', 'The cursor is not one that this server gave out.', {
    issues: [{ path: 'cursor', message: 'not a cursor' }],
  });
}
