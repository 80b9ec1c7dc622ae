import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type Json } from './canonical-json.ts';
import { statementHash } from './checkpoint.ts';
import { isSignedByOneOf, type SigningKey } from './signing-key.ts';

const placeSchema = z.strictObject({ seq: z.number().int().positive(), hash: z.hex().length(64) });
const chainSchema = z.strictObject({
  tenant: z.string(),
  /** Its first and last record in the export; null where it has none there. */
  first: placeSchema.nullable(),
  last: placeSchema.nullable(),
  /** Its checkpoints in the export, by their numbers. */
  checkpoints: z
    .strictObject({ first: z.number().int().positive(), last: z.number().int().positive() })
    .nullable(),
  /** Its end as the list of all chains has it. */
  listed: z.strictObject({ number: z.number().int().positive(), ...placeSchema.shape }).nullable(),
});
/** What an export holds of a chain. */
export type ExportedChain = z.infer<typeof chainSchema>;

const headerSchema = z.strictObject({
  since: z.string().nullable(),
  until: z.string().nullable(),
  /** Whose chain it is of; null: of all tenants. */
  tenant: z.string().nullable(),
  chains: z.array(chainSchema),
  time: z.iso.datetime(),
  key_id: z.string(),
});
const trailerSchema = z.strictObject({
  ...headerSchema.shape,
  records: z.number().int().nonnegative(),
  /** SHA-256 of the header's statement. */
  header: z.hex().length(64),
});
export type ExportHeader = z.infer<typeof headerSchema>;
export type ExportTrailer = z.infer<typeof trailerSchema>;

/** The first or the last line of an export: what it holds, signed. */
export type Seal = { isSound: boolean; hash: string } & (
  { kind: 'header'; statement: ExportHeader } | { kind: 'trailer'; statement: ExportTrailer }
);

const lineSchema = z.union([
  z.strictObject({ header: headerSchema, signature: z.base64() }),
  z.strictObject({ trailer: trailerSchema, signature: z.base64() }),
]);

export type SealedLine = { line: string; hash: string };

export function headerLine(key: SigningKey, holds: Omit<ExportHeader, 'time' | 'key_id'>): SealedLine {
  return sealedLine(key, 'header', holds);
}

export function trailerLine(key: SigningKey, holds: Omit<ExportTrailer, 'time' | 'key_id'>): SealedLine {
  return sealedLine(key, 'trailer', holds);
}

function sealedLine(key: SigningKey, kind: Seal['kind'], holds: Record<string, Json>): SealedLine {
  const statement = canonicalJson({ ...holds, time: new Date().toISOString(), key_id: key.keyId });
  const signature = key.sign(`${kind} ${statement}`).toString('base64');
  return { line: `{"${kind}":${statement},"signature":"${signature}"}`, hash: statementHash(statement) };
}

/** The header or trailer in a line, sound where one of these keys signed it as that; undefined where there is none. */
export function readSealLine(line: string, keys: readonly KeyObject[]): Seal | undefined {
  if (!/^\s*\{\s*"(?:header|trailer)"/.test(line)) return undefined;
  const read = lineSchema.safeParse(parsed(line));
  if (!read.success) return undefined;
  const signature = Buffer.from(read.data.signature, 'base64');
  const isSound = (kind: Seal['kind'], text: string, keyId: string) =>
    isSignedByOneOf(keys, keyId, `${kind} ${text}`, signature);
  const [kind, statement] =
    'header' in read.data
      ? (['header', read.data.header] as const)
      : (['trailer', read.data.trailer] as const);
  const text = canonicalJson(statement);
  return {
    kind,
    statement,
    hash: statementHash(text),
    isSound: isSound(kind, text, statement.key_id),
  } as Seal;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
