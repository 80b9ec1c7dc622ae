import { hash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import type { SigningKey } from './signing-key.ts';

/**
 * What a checkpoint signs: that the record `seq` of a tenant's chain has this hash. `end`: it was the last one then;
 * `retention`: it and all before it were removed by policy. `previous` is the SHA-256 of the statement before.
 */
const statementSchema = z.strictObject({
  kind: z.enum(['end', 'retention']),
  tenant: z.string(),
  number: z.number().int().positive(),
  seq: z.number().int().positive(),
  hash: z.hex().length(64),
  time: z.iso.datetime(),
  previous: z.hex().length(64).nullable(),
  key_id: z.string(),
});
export type Statement = z.infer<typeof statementSchema>;

/** A statement, as the canonical JSON that was signed, and its Ed25519 signature. */
export type Checkpoint = { statement: string; signature: Buffer };

/** @throws Error for what is no statement */
export function readStatement(text: string): Statement {
  return statementSchema.parse(JSON.parse(text));
}

export function statementHash(text: string): string {
  return hash('sha256', text, 'hex');
}

/** The next checkpoint of a chain, after `previous`. */
export function signCheckpoint(
  key: SigningKey,
  { kind, tenant, seq, hash: end }: Pick<Statement, 'kind' | 'tenant' | 'seq'> & { hash: Buffer },
  previous: string | undefined,
): Checkpoint & { number: number } {
  const number = previous === undefined ? 1 : readStatement(previous).number + 1;
  const statement = canonicalJson({
    kind,
    tenant,
    number,
    seq,
    hash: end.toString('hex'),
    time: new Date().toISOString(),
    previous: previous === undefined ? null : statementHash(previous),
    key_id: key.keyId,
  } satisfies Statement);
  return { number, statement, signature: key.sign(statement) };
}
