import { fork } from 'node:child_process';
import { siblingModule } from '../config/package-root.ts';
import { AppError } from '../errors/app-error.ts';
import type { ExtractedDocument, UploadedFile } from './document.ts';
import type { ParseLimits } from './parse-limits.ts';
import type { ParseReply, ParseRequest } from './parse-worker.ts';

export type ParseProcess = {
  /**
   * Parses one file; one at a time.
   * @throws AppError as `parseFile` does, and `unprocessable_document` where the file takes too much time or memory
   */
  parse: (file: UploadedFile, signal?: AbortSignal) => Promise<ExtractedDocument>;
  /** Whether it can take another file. */
  isFit: () => boolean;
  stop: () => void;
};

const WORKER = siblingModule(import.meta.url, './parse-worker');

/**
 * Starts a process that parses files. A process and not a thread: V8 aborts the whole process when a thread outgrows its
 * heap faster than it can be stopped. It gets no environment (which holds secrets), may write no file and start no
 * program, and does not keep its parent alive while it is idle.
 */
export function startParseProcess(limits: ParseLimits): ParseProcess {
  const child = fork(WORKER, [String(limits.maxMemoryMb)], {
    execArgv: [
      '--permission',
      '--allow-fs-read=*',
      '--allow-worker',
      `--max-old-space-size=${limits.maxMemoryMb}`,
    ],
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let isFit = true;
  const stop = () => {
    isFit = false;
    child.kill('SIGKILL');
  };
  const setIdle = (isIdle: boolean) => {
    for (const handle of [child, child.channel]) handle?.[isIdle ? 'unref' : 'ref']();
  };
  child.on('exit', () => (isFit = false));
  child.on('error', stop);
  setIdle(true);

  return {
    isFit: () => isFit,
    stop,
    async parse(file, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<ExtractedDocument>();
      const refuse = (error: unknown) => {
        reject(error);
        stop();
      };
      const onReply = (reply: ParseReply) => {
        isFit &&= !reply.isWorn;
        if ('document' in reply) resolve(reply.document);
        else reject(new AppError(reply.code, reply.detail));
      };
      const onExit = (_code: number | null, killedBy: NodeJS.Signals | null) => {
        reject(explainExit(killedBy, limits));
      };
      const onError = () => {
        refuse(
          new AppError('unavailable', 'No process could be had to read the document: try again shortly.'),
        );
      };
      const onAbort = () => {
        refuse(signal?.reason);
      };
      const timer = setTimeout(() => {
        const seconds = limits.timeoutMs / 1000;
        refuse(new AppError('unprocessable_document', `The document took longer than ${seconds} s to read.`));
      }, limits.timeoutMs);

      child.once('message', onReply);
      child.once('exit', onExit);
      child.once('error', onError);
      signal?.addEventListener('abort', onAbort);
      setIdle(false);
      child.send({ file, limits } satisfies ParseRequest);
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        child.off('message', onReply);
        child.off('exit', onExit);
        child.off('error', onError);
        signal?.removeEventListener('abort', onAbort);
        setIdle(true);
        if (!isFit) stop();
      }
    },
  };
}

/** The watchdog and the kernel kill with SIGKILL, and V8 ends a process without memory with SIGABRT. */
function explainExit(killedBy: NodeJS.Signals | null, limits: ParseLimits): AppError {
  const detail =
    killedBy === 'SIGKILL' || killedBy === 'SIGABRT'
      ? `The document needs more than ${limits.maxMemoryMb} MB of memory to read.`
      : 'The document cannot be read: its parser crashed.';
  return new AppError('unprocessable_document', detail);
}
