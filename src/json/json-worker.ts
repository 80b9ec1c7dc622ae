import { AppError, type ErrorCode } from '../errors/app-error.ts';
import { parseBoundedJson, type JsonBounds } from './bound-json.ts';

// Runs in a worker thread: see json-pool.ts for the other end.

export type JsonTask = { json: Uint8Array; bounds: JsonBounds };

/** An error crosses the thread's boundary as its code and detail. */
export type JsonOutcome = { value: unknown } | { code: ErrorCode; detail: string };

export default ({ json, bounds }: JsonTask): JsonOutcome => {
  try {
    return {
      value: parseBoundedJson(Buffer.from(json.buffer, json.byteOffset, json.byteLength), bounds),
    };
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, detail: error.message };
    throw error;
  }
};
