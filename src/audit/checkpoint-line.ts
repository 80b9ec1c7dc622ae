import { z } from 'zod';
import { canonicalJson, type Json } from './canonical-json.ts';
import type { Checkpoint } from './checkpoint.ts';

const lineSchema = z.object({ checkpoint: z.looseObject({ tenant: z.string() }), signature: z.base64() });

/** One line, to be shipped elsewhere: who holds it can tell later what was changed before it. */
export function checkpointLine({ statement, signature }: Checkpoint): string {
  return `{"checkpoint":${statement},"signature":"${signature.toString('base64')}"}`;
}

/** @throws Error for what holds none */
export function checkpointOf(value: unknown): Checkpoint {
  const { checkpoint, signature } = lineSchema.parse(value);
  return { statement: canonicalJson(checkpoint as Json), signature: Buffer.from(signature, 'base64') };
}

/** The checkpoint in a line; undefined where there is none. */
export function readCheckpointLine(line: string): Checkpoint | undefined {
  try {
    return checkpointOf(JSON.parse(line));
  } catch {
    return undefined;
  }
}
