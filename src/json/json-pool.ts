import { Piscina } from 'piscina';
import { siblingModule } from '../config/package-root.ts';
import { AppError } from '../errors/app-error.ts';
import { JSON_BOUNDS, parseBoundedJson, type JsonBounds } from './bound-json.ts';
import type { JsonOutcome, JsonTask } from './json-worker.ts';

export type JsonPool = {
  /**
   * The value of a JSON text; a long one is parsed in a worker thread, where callers take turns. The bytes are used up.
   *
   * @throws AppError `too_large`, `invalid_request`, or `unavailable` when too much is waiting
   */
  parse(json: Buffer, bounds: JsonBounds, caller: string): Promise<unknown>;
  close(): Promise<void>;
};

type Waiting = { bytes: number; run: () => Promise<void> };

/** What takes a millisecond or two is sooner done than handed over. */
const INLINE_BYTES = JSON_BOUNDS.bytes;
const IDLE_MS = 30_000;
const MIB = 1024 * 1024;
const MOST_WAITING_BYTES = 256 * MIB;
const MOST_WAITING_BYTES_PER_CALLER = 64 * MIB;

export function createJsonPool(): JsonPool {
  let pool: Piscina | undefined;
  /** In the order of their next turn; none is empty. */
  const lines = new Map<string, Waiting[]>();
  let running = false;

  const workOff = async (): Promise<void> => {
    if (running) return;
    running = true;
    for (let next = lines.entries().next().value; next; next = lines.entries().next().value) {
      const [caller, line] = next;
      lines.delete(caller);
      const { run } = line.shift()!;
      // Behind the others.
      if (line.length > 0) lines.set(caller, line);
      await run();
    }
    running = false;
  };

  const runInWorker = async (json: Buffer, bounds: JsonBounds): Promise<unknown> => {
    pool ??= new Piscina({
      filename: siblingModule(import.meta.url, './json-worker').href,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: IDLE_MS,
    });
    // A small buffer may be a part of one that others use.
    const own = json.byteLength === json.buffer.byteLength ? json : Buffer.from(Uint8Array.from(json).buffer);
    const outcome = (await pool.run({ json: own, bounds } satisfies JsonTask, {
      transferList: [own.buffer as ArrayBuffer],
    })) as JsonOutcome;
    if ('code' in outcome) throw new AppError(outcome.code, outcome.detail);
    return outcome.value;
  };

  return {
    parse: async (json, bounds, caller) => {
      if (json.byteLength <= INLINE_BYTES) return parseBoundedJson(json, bounds);
      const line = lines.get(caller) ?? [];
      const all = [...lines.values()].flat();
      if (
        bytesOf(all) + json.byteLength > MOST_WAITING_BYTES ||
        bytesOf(line) + json.byteLength > MOST_WAITING_BYTES_PER_CALLER
      )
        throw new AppError('unavailable', 'Too many large bodies are being read: try again shortly.', {
          retryAfterSeconds: 2,
        });
      return new Promise((resolve, reject) => {
        line.push({
          bytes: json.byteLength,
          run: () => runInWorker(json, bounds).then(resolve, reject),
        });
        lines.set(caller, line);
        void workOff();
      });
    },
    close: async () => pool?.destroy(),
  };
}

function bytesOf(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { bytes }) => sum + bytes, 0);
}
