import { SettingsError } from './config/load.ts';
import { AppError } from './errors/app-error.ts';

/** What a file system says of a file, by its code. */
const FILE_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'the operation is not allowed',
  EISDIR: 'this is a folder; name a file',
  ENOTDIR: 'this is not a folder',
  ENOSPC: 'the disk is full',
};

/** Why a program cannot go on, in one readable line; a stack only for what nobody foresaw. */
export function reasonOf(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  if (error instanceof AppError) {
    const cause = error.cause instanceof Error ? (codeOf(error.cause) ?? error.cause.name) : 'Error';
    // The name that every error has says nothing.
    return cause === 'Error' ? error.message : `${error.message} (${cause})`;
  }
  const code = codeOf(error);
  const { path } = error as { path?: string };
  if (path !== undefined && code !== undefined && Object.hasOwn(FILE_FAILURES, code))
    return `${path}: ${FILE_FAILURES[code]!}.`;
  if (code === 'EADDRINUSE') return 'The port is in use: set PORT to another one, or to 0.';
  if (code?.startsWith('ERR_PARSE_ARGS')) return (error as Error).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
