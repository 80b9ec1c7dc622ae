import winston from 'winston';
import type { Settings } from '../config/schema.ts';
import type { LogLevel } from './log-level.ts';
import { jsonLine, readableLine } from './log-line.ts';
import { currentContext } from './request-context.ts';

/** Structured logging. Fields are chosen by the caller: never a question, an answer, a document's text or a key. */
export type Logger = {
  error(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  http(message: string, fields?: Record<string, unknown>): void;
  debug(message: string, fields?: Record<string, unknown>): void;
};

/** A logger whose level may be changed while it is in use. */
export type AdjustableLogger = Logger & { level: LogLevel };

/**
 * JSON lines in production, a readable line elsewhere; always to standard error, so that standard output stays the program's own.
 * A line that is written for a request says for which, and in which trace. Nothing that is logged can begin a line of its own.
 */
export function createLogger(settings: Pick<Settings, 'LOG_LEVEL' | 'NODE_ENV'>): AdjustableLogger {
  const format = winston.format.printf(settings.NODE_ENV === 'production' ? jsonLine : readableLine);
  const sink = winston.createLogger({
    level: settings.LOG_LEVEL,
    format,
    transports: [
      new winston.transports.Console({
        stderrLevels: ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'],
      }),
    ],
  });
  // The request and the time are looked up here, and not in a format: winston may format a line later, when another request is the current one.
  const at = (level: LogLevel) => (message: string, fields?: Record<string, unknown>) => {
    if (!sink.isLevelEnabled(level)) return;
    const timestamp = new Date().toISOString();
    sink.log({ ...requestFields(fields?.requestId), ...fields, level, message, timestamp });
  };
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    http: at('http'),
    debug: at('debug'),
    get level() {
      return sink.level as LogLevel;
    },
    set level(level) {
      sink.level = level;
    },
  };
}

/** A line that says itself for which request it is gets nothing of another. */
function requestFields(told: unknown): Record<string, string> {
  const context = currentContext();
  if (!context || (told !== undefined && told !== context.requestId)) return {};
  const { requestId, traceId } = context;
  return { requestId, ...(traceId === undefined ? {} : { traceId }) };
}
