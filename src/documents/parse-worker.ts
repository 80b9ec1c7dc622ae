import os from 'node:os';
import { isMainThread, Worker } from 'node:worker_threads';
import { AppError } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/app-error.ts';
import type { ExtractedDocument, UploadedFile } from './document.ts';
import { parseFile } from './parse-file.ts';
import type { ParseLimits } from './parse-limits.ts';

// The main program of a parsing process: see parse-process.ts for the other end.

export type ParseRequest = { file: UploadedFile; limits: ParseLimits };

/** An error crosses the process boundary as its code and detail; its cause stays behind. */
export type ParseReply = ({ document: ExtractedDocument } | { code: ErrorCode; detail: string }) & {
  /** Whether the process has grown so much that the next file should get a fresh one. */
  isWorn: boolean;
};

const WATCH_INTERVAL_MS = 50;
const maxMemoryBytes = Number(process.argv[2]) * 1024 * 1024;

async function reply({ file, limits }: ParseRequest): Promise<void> {
  const result = await parseFile(file, limits).then(
    (document) => ({ document }),
    (error: unknown) =>
      error instanceof AppError
        ? { code: error.code, detail: error.message }
        : { code: 'internal' as const, detail: 'The document could not be read.' },
  );
  process.send?.({ ...result, isWorn: process.memoryUsage.rss() > maxMemoryBytes / 2 } satisfies ParseReply);
}

/**
 * Ends the process, from a thread of its own, once it outgrows its limit: V8's limit knows nothing of buffers, and a
 * parser in a tight loop lets no timer run. Ends it as well when the server is gone.
 */
function watchMemory(): void {
  const server = process.ppid;
  setInterval(() => {
    if (process.memoryUsage.rss() > maxMemoryBytes || process.ppid !== server)
      process.kill(process.pid, 'SIGKILL');
  }, WATCH_INTERVAL_MS);
}

if (isMainThread) {
  new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) }).unref();
  // No file is as urgent as the questions that the server answers meanwhile.
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
  process.on('message', (request: ParseRequest) => void reply(request));
} else {
  watchMemory();
}
