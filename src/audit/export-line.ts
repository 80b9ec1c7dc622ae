import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../errors/app-error.ts';
import { readStatement, type Checkpoint } from './checkpoint.ts';
import { checkpointOf } from './checkpoint-line.ts';
import { readSealLine, type Seal } from './export-seal.ts';
import type { StoredEvent } from './stored-event.ts';

export type ExportLine =
  | Seal
  | { kind: 'record'; record: StoredEvent }
  | { kind: 'checkpoint'; tenant: string; checkpoint: Checkpoint }
  /** Of a version that did not sign what it exported. */
  | { kind: 'unsigned header' };

const hex = z.hex().length(64);
const recordSchema = z.object({
  tenant: z.string(),
  seq: z.number().int().positive(),
  previous: hex,
  hash: hex,
  event: z.record(z.string(), z.unknown()),
});
const oldHeaderSchema = z.object({
  export: z.object({ since: z.string().nullable(), until: z.string().nullable() }),
});

/** A record as `recordLine` writes it. Its event is taken as the text that it is: that was hashed, whatever a parser makes of it. */
const RECORD =
  /^\{"tenant":("(?:[^"\\]|\\.)*"),"seq":([1-9]\d{0,14}),"previous":"([0-9a-f]{64})","hash":"([0-9a-f]{64})","event":(\{.*\})\}$/;

/**
 * The line of this number of an export.
 *
 * @throws AppError `invalid_request` for what is none
 */
export function readExportLine(line: string, nth: number, keys: readonly KeyObject[]): ExportLine {
  const [, name, seq, before, own, text] = RECORD.exec(line) ?? [];
  if (text !== undefined)
    return {
      kind: 'record',
      record: {
        tenant: JSON.parse(name!) as string,
        seq: Number(seq),
        previous: Buffer.from(before!, 'hex'),
        hash: Buffer.from(own!, 'hex'),
        event: text,
      },
    };
  try {
    return readSealLine(line, keys) ?? readRare(line);
  } catch {
    throw new AppError(
      'invalid_request',
      `Line ${nth} is none of an export in the format jsonl. Exports in ecs and ocsf cannot be verified.`,
    );
  }
}

/** @throws Error for what is no line of an export */
function readRare(line: string): ExportLine {
  const value = z.looseObject({}).parse(JSON.parse(line));
  if ('export' in value) {
    oldHeaderSchema.parse(value);
    return { kind: 'unsigned header' };
  }
  if ('checkpoint' in value) {
    const checkpoint = checkpointOf(value);
    return { kind: 'checkpoint', tenant: readStatement(checkpoint.statement).tenant, checkpoint };
  }
  // Only a line that is all there as it was written is verified: what stands in another one may be read in two ways.
  const { tenant, seq, previous, hash } = recordSchema.parse(value);
  return {
    kind: 'record',
    record: {
      tenant,
      seq,
      previous: Buffer.from(previous, 'hex'),
      hash: Buffer.from(hash, 'hex'),
      event: line,
    },
  };
}
