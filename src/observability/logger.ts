import winston from 'winston';
import type { Settings } from '../config/schema.ts';

/** Structured logging. Fields are chosen by the caller: never a question, an answer, a document's text or a key. */
export type Logger = {
  error(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  http(message: string, fields?: Record<string, unknown>): void;
  debug(message: string, fields?: Record<string, unknown>): void;
};

/** Errors are logged by name, code and stack: a driver's message may quote a value, so the first line is left out. */
const describeErrors = winston.format((entry) => {
  const { error } = entry;
  if (error instanceof Error) {
    const cause = error.cause instanceof Error ? error.cause : error;
    entry.error = {
      name: error.name,
      code: (error as { code?: unknown }).code,
      causeName: cause.name,
      causeCode: (cause as { code?: unknown }).code,
      stack: (cause.stack ?? '')
        .split('\n')
        .filter((line) => line.trimStart().startsWith('at '))
        .slice(0, 8),
    };
  }
  return entry;
});

/** JSON lines in production, a readable line elsewhere; always to standard error, so that standard output stays the program's own. */
export function createLogger(settings: Settings): Logger {
  const { combine, timestamp, json, printf } = winston.format;
  const readable = printf(({ level, message, timestamp: at, ...fields }) => {
    const rest = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
    return `${String(at)} ${level} ${String(message)}${rest}`;
  });
  return winston.createLogger({
    level: settings.LOG_LEVEL,
    format: combine(timestamp(), describeErrors(), settings.NODE_ENV === 'production' ? json() : readable),
    transports: [
      new winston.transports.Console({
        stderrLevels: ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'],
      }),
    ],
  });
}
