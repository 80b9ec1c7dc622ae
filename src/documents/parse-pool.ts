import { AppError } from '../errors/app-error.ts';
import type { ExtractedDocument, UploadedFile } from './document.ts';
import type { ParseLimits } from './parse-limits.ts';
import { createParseTurns } from './parse-turns.ts';
import { startParseProcess } from './parse-process.ts';
import type { ParseProcess } from './parse-process.ts';

export type ParsePool = {
  /**
   * Parses a file from outside in a process of its own, when it is its tenant's turn; the caller's bytes stay as they are.
   * @param signal stops the parse, which then rejects with the signal's reason
   * @throws AppError `too_large`, `unsupported_media_type`, `unprocessable_document` (among others for too much time or
   *   memory), or `unavailable` when too many files are waiting
   */
  parse: (tenant: string, file: UploadedFile, signal?: AbortSignal) => Promise<ExtractedDocument>;
  /** Stops all processes; what is under way or waiting fails as `unavailable`. */
  close: () => Promise<void>;
};

type PoolOptions = {
  limits: ParseLimits;
  /** How many files are parsed at once, each by its own process. */
  processes?: number;
  /** How many more may wait, of all tenants. */
  maxQueue?: number;
  /** How long an idle process is kept, in milliseconds. */
  idleTimeoutMs?: number;
};

/**
 * A pool of parsing processes. They start with the first file, are used again while all goes well, and end after a
 * while without work; an idle pool keeps no program alive. A file that brings its process down harms no other.
 */
export function createParsePool({
  limits,
  processes = 2,
  maxQueue = 128,
  idleTimeoutMs = 60_000,
}: PoolOptions): ParsePool {
  const closing = new AbortController();
  const idle = new Map<ParseProcess, NodeJS.Timeout>();
  const turns = createParseTurns({
    places: processes,
    mostWaiting: maxQueue,
    retryAfterSeconds: Math.ceil(limits.timeoutMs / 1000),
  });

  const takeProcess = (): ParseProcess => {
    for (const [process, timer] of idle) {
      clearTimeout(timer);
      idle.delete(process);
      if (process.isFit()) return process;
    }
    return startParseProcess(limits);
  };

  const keepProcess = (process: ParseProcess) => {
    if (!process.isFit()) return;
    if (closing.signal.aborted) {
      process.stop();
      return;
    }
    const timer = setTimeout(() => {
      idle.delete(process);
      process.stop();
    }, idleTimeoutMs);
    idle.set(process, timer.unref());
  };

  return {
    async parse(tenant, file, signal) {
      if (file.bytes.length > limits.maxBytes) {
        throw new AppError('too_large', `The file is larger than ${limits.maxBytes} bytes.`);
      }
      const stopped = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
      stopped.throwIfAborted();
      await turns.take(tenant, stopped);
      try {
        stopped.throwIfAborted();
        const process = takeProcess();
        return await process.parse(file, stopped).finally(() => keepProcess(process));
      } finally {
        turns.giveBack();
      }
    },

    async close() {
      closing.abort(new AppError('unavailable', 'The server is shutting down.'));
      for (const [process, timer] of idle) {
        clearTimeout(timer);
        process.stop();
      }
      idle.clear();
    },
  };
}
