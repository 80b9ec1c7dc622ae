import { AppError } from '../errors/app-error.ts';

/** A failure as traces and metrics may name it: by its code. */
export function failureCode(error: unknown): string {
  if (error instanceof AppError) return error.code;
  return error instanceof Error && error.name === 'AbortError' ? 'aborted' : 'internal';
}
