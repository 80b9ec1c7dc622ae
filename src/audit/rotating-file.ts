import { close, fstatSync, openSync, readSync, open, write } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const openFile = promisify(open);
const writeFile = promisify(write);
const closeFile = promisify(close);

const MODE = 0o600;
const RETRY_MS = 1_000;
const LINE_FEED = 0x0a;

export type RotatingFile = {
  /**
   * Resolves once all lines are with the operating system. A write that fails is tried again, from where it stopped, until `signal` ends it.
   */
  append(lines: readonly string[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
};

type RotatingFileOptions = {
  path: string;
  /** The file is put aside before it would become larger; a longer line has a file of its own. */
  maxBytes: number;
  /** How many files that were put aside are kept: `path.1` is the youngest. */
  files: number;
  /** A write or a rotation failed; it will be tried again. */
  onError: (error: unknown) => void;
};

/**
 * A file that grows by whole lines, readable by its owner alone. Where it cannot be put aside, it goes on growing: that loses nothing.
 * Winston's own file transport is not used: it says nothing of a write that fails, and may lose lines while it changes files.
 *
 * @throws Error of the file system where the file cannot be opened, or is none
 */
export function openRotatingFile({ path, maxBytes, files, onError }: RotatingFileOptions): RotatingFile {
  let descriptor = openSync(path, 'a+', MODE);
  let size = sizeOf(descriptor);
  let mustEndLine = size > 0 && !endsInLineFeed(descriptor, size);
  let rotateAfterMs = 0;

  async function writeAll(bytes: Buffer, signal: AbortSignal): Promise<void> {
    let offset = 0;
    while (offset < bytes.length) {
      // Once it is given up, the descriptor may soon be another file's.
      signal.throwIfAborted();
      try {
        const { bytesWritten } = await writeFile(descriptor, bytes, offset);
        offset += bytesWritten;
        size += bytesWritten;
      } catch (error) {
        onError(error);
        await delay(RETRY_MS, undefined, { signal });
      }
    }
  }

  async function rotate(): Promise<void> {
    if (performance.now() < rotateAfterMs) return;
    try {
      if (await exists(path)) await putAside(path, files);
      const full = descriptor;
      descriptor = await openFile(path, 'a+', MODE);
      size = sizeOf(descriptor);
      await closeFile(full);
    } catch (error) {
      rotateAfterMs = performance.now() + RETRY_MS;
      onError(error);
    }
  }

  return {
    async append(lines, signal) {
      if (mustEndLine) {
        // A process that ended in the middle of a line: the next one must not become a part of it.
        await writeAll(Buffer.of(LINE_FEED), signal);
        mustEndLine = false;
      }
      let chunk: Buffer[] = [];
      let chunkBytes = 0;
      for (const line of lines) {
        const bytes = Buffer.from(`${line}\n`);
        if (size + chunkBytes > 0 && size + chunkBytes + bytes.length > maxBytes) {
          await writeAll(Buffer.concat(chunk), signal);
          chunk = [];
          chunkBytes = 0;
          await rotate();
        }
        chunk.push(bytes);
        chunkBytes += bytes.length;
      }
      await writeAll(Buffer.concat(chunk), signal);
    },
    close: () => closeFile(descriptor),
  };
}

/** `path` becomes `path.1`, that `path.2`; the oldest is overwritten. Done again after it failed halfway, it goes on where it stopped. */
async function putAside(path: string, files: number): Promise<void> {
  let free = 1;
  while (free < files && (await exists(`${path}.${free}`))) free += 1;
  for (let number = free; number > 1; number -= 1) await rename(`${path}.${number - 1}`, `${path}.${number}`);
  await rename(path, `${path}.1`);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function sizeOf(descriptor: number): number {
  const stats = fstatSync(descriptor);
  if (!stats.isFile()) throw Object.assign(new Error('not a file'), { code: 'ENOTFILE' });
  return stats.size;
}

function endsInLineFeed(descriptor: number, size: number): boolean {
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  return last[0] === LINE_FEED;
}
