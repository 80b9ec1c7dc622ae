import { SettingsError } from './config/load.ts';
import { AppError } from './errors/app-error.ts';

/** Why a program cannot go on, in one readable line; a stack only for what nobody foresaw. */
export function reasonOf(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  if (error instanceof AppError) {
    const cause = error.cause instanceof Error ? ` (${codeOf(error.cause) ?? error.cause.name})` : '';
    return `${error.message}${cause}`;
  }
  const code = codeOf(error);
  if (code === 'EADDRINUSE') return 'The port is in use: set PORT to another one, or to 0.';
  if (code?.startsWith('ERR_PARSE_ARGS')) return (error as Error).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
